/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the cells of the table, model by model. */
#include "eval/measure/eval_grid.h"

#include "core/io/file.h"
#include "core/io/path_names.h"
#include "core/mem.h"

typedef struct Grid {
    const EvalModel *model;
    const EvalScores *scores;
    const OptionStrings *checkpoint, *data;
    char **name;     /* [models] */
    char **set;      /* [sets] */
    Measured *first; /* [sets] what was measured of the first model */
    MeasureTable table;
} Grid;

/* Scores one set with one model; *scores: the file, owned. */
static int score_cell(const Grid *g, int64_t i, int64_t s, const char *path, Recognizer *r,
                      char **scores, Error *err)
{
    char *out = NULL, *folder;
    if (g->scores->out) out = mem_format("%s/%s/%s", g->scores->out, g->name[i], g->set[s]);
    const int status = eval_model_run(g->model, path, r, g->data->value[s], out, &folder, err);
    *scores = folder ? file_join(folder, "scores.h5") : NULL;
    mem_free(folder);
    mem_free(out);
    return status;
}

static int run_cell(Grid *g, int64_t i, int64_t s, const char *path, Recognizer *r, Error *err)
{
    char *scores;
    Measured other = {0}, *m = i ? &other : &g->first[s];
    int status = score_cell(g, i, s, path, r, &scores, err);
    if (status == 0) status = eval_scores_measure(g->scores, scores, m, err);
    if (status == 0) {
        const bool same = i > 0 && measured_same_labels(&g->first[s], m);
        measure_table_put(&g->table, i, s, &m->measure, same ? &g->first[s].measure : NULL);
    }
    measured_free(&other);
    mem_free(scores);
    return status;
}

static int run_model(Grid *g, int64_t i, const Cli *cli, Error *err)
{
    Recognizer r;
    char *path = recognizer_find(g->checkpoint->value[i]);
    int status = recognizer_open_unlabeled(path, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        for (int64_t s = 0; status == 0 && s < g->data->count; s++)
            status = run_cell(g, i, s, path, &r, err);
        recognizer_close(&r);
    }
    mem_free(path);
    return status;
}

int eval_grid(const EvalModel *model, const EvalScores *scores, const OptionStrings *checkpoint,
              const OptionStrings *data, const Cli *cli, Error *err)
{
    Grid g = {.model = model,
              .scores = scores,
              .checkpoint = checkpoint,
              .data = data,
              .name = eval_set_names(checkpoint),
              .set = eval_set_names(data),
              .first = mem_calloc((size_t)data->count, sizeof *g.first)};
    g.table = measure_table_new(g.name, checkpoint->count, g.set, data->count);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < checkpoint->count; i++)
        status = run_model(&g, i, cli, err);
    if (status == 0) status = eval_scores_print_table(scores, &g.table, err);
    for (int64_t s = 0; s < data->count; s++) measured_free(&g.first[s]);
    measure_table_free(&g.table);
    path_names_free(g.set, data->count);
    path_names_free(g.name, checkpoint->count);
    mem_free(g.first);
    return status;
}
