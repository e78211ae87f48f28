/* SPDX-License-Identifier: Apache-2.0 */
/* The records in the folder of a cell's run. */
#include "train/ablate/cell.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "train/ablate/identity.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char IDENTITY[] = "ablation_cell.txt", RESULTS[] = "ablation_results.txt",
                  OLD_RESULTS[] = "ablation_result.txt", FAILED[] = "ablation_failed.txt";

static int find(const char *run, const char *name, bool *found, Error *err)
{
    char *path = file_join(run, name);
    const int status = file_find(path, found, err);
    mem_free(path);
    return status;
}

static int compare(const char *run, const char *identity, char **difference, Error *err)
{
    Bytes then;
    char *path = file_join(run, IDENTITY);
    const int status = file_read(path, &then, err);
    if (status == 0) *difference = cell_difference((const char *)then.data, identity);
    bytes_free(&then);
    mem_free(path);
    return status;
}

int cell_state(const char *run, const char *identity, enum CellState *out, char **difference,
               Error *err)
{
    bool known, old, logged, finished;
    *difference = NULL;
    if (find(run, IDENTITY, &known, err) != 0 || find(run, OLD_RESULTS, &old, err) != 0 ||
        find(run, "metrics.jsonl", &logged, err) != 0 ||
        find(run, RESULTS, &finished, err) != 0)
        return -1;
    if (known && compare(run, identity, difference, err) != 0) return -1;
    if (!known && (old || logged))
        *difference = mem_strdup("trained without a record of its settings");
    *out = *difference ? CELL_OTHER : finished ? CELL_FINISHED : CELL_NEW;
    return 0;
}

static void forget(const char *run, const char *name)
{
    char *path = file_join(run, name);
    unlink(path);
    mem_free(path);
}

int cell_start(const char *run, const char *identity, Error *err)
{
    forget(run, FAILED);
    return text_write_in(run, IDENTITY, identity, err);
}

int cell_results_write(const char *run, const CellResults *r, int64_t lists, Error *err)
{
    Text text = {0};
    text_put(&text, "mAP CP CR F1\n");
    for (int64_t i = 0; i < lists; i++)
        text_add(&text, "%.17g %.17g %.17g %.17g\n", r->list[i].map, r->list[i].cp,
                 r->list[i].cr, r->list[i].f1);
    text_add(&text, "step %ld best %ld\n", r->step, r->best_step);
    const int status = text_write_in(run, RESULTS, text.data, err);
    text_free(&text);
    return status;
}

static bool parse_list(const char *line, Metrics *m)
{
    return sscanf(line, "%lf %lf %lf %lf", &m->map, &m->cp, &m->cr, &m->f1) == 4;
}

/* Earlier versions wrote no line of steps. */
static bool parse_results(const Lines *lines, CellResults *r, int64_t lists)
{
    const int64_t n = (int64_t)lines->count;
    bool good = n == lists + 1 || n == lists + 2;
    for (int64_t i = 0; good && i < lists; i++)
        good = parse_list(lines->line[i + 1], &r->list[i]);
    r->step = r->best_step = 0;
    if (good && n == lists + 2)
        good = sscanf(lines->line[n - 1], "step %ld best %ld", &r->step, &r->best_step) == 2;
    return good;
}

int cell_results_read(const char *run, CellResults *r, int64_t lists, Error *err)
{
    Lines lines;
    char *path = file_join(run, RESULTS);
    int status = lines_read(path, &lines, err);
    if (status == 0 && !parse_results(&lines, r, lists))
        status = error_set(err, ERROR_DATA,
                           "%s: damaged: remove it, and the cell is evaluated again", path);
    lines_free(&lines);
    mem_free(path);
    return status;
}

void cell_fail(const char *run, const char *why)
{
    Error err = {0};
    if (text_write_in(run, FAILED, why, &err) != 0) log_warn("%s", err.text);
}

char *cell_failure(const char *run)
{
    Bytes text;
    char *path = file_join(run, FAILED), *why = NULL;
    if (file_exists(path) && file_read(path, &text, NULL) == 0) {
        why = mem_strdup((const char *)text.data);
        bytes_free(&text);
    }
    mem_free(path);
    return why;
}

void cell_forget(const char *run)
{
    const char *const name[] = {RESULTS, OLD_RESULTS, IDENTITY, FAILED};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) forget(run, name[i]);
}
