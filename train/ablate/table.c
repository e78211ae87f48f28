/* SPDX-License-Identifier: Apache-2.0 */
/* From the runs to the numbers of the tables. */
#include "train/ablate/table.h"

#include "core/mem.h"
#include "eval/eval_set.h"
#include "train/ablate/difference.h"

#include <math.h>
#include <string.h>

/* ---- looking at a table ---- */

const AblateEntry *ablate_table_entry(const AblateTable *t, int64_t cell, int64_t list)
{
    return &t->entry[cell * t->lists + list];
}

const AblateRun *ablate_table_run(const AblateTable *t, int64_t cell, int64_t seed)
{
    return &t->run[cell * t->seeds + seed];
}

double ablate_table_number(const AblateRun *r, int64_t list, enum AblateNumber which)
{
    if (!r->measure.list) return (double)NAN;
    const Metrics *m = &r->measure.list[list];
    const double number[ABLATE_NUMBERS] = {m->map, m->cp, m->cr, m->f1};
    return number[which];
}

const char *ablate_number_name(enum AblateNumber which)
{
    static const char *const NAME[ABLATE_NUMBERS] = {"mAP", "CP", "CR", "F1"};
    return NAME[which];
}

static const char *list_of(const AblateTable *t, int64_t cell, int64_t list)
{
    return t->list[cell * t->lists + list];
}

char *ablate_table_heading(const AblateTable *t, int64_t list)
{
    for (int64_t c = 1; c < t->grid->cells; c++)
        if (strcmp(list_of(t, c, list), list_of(t, 0, list)) != 0)
            return mem_format("set %ld", list + 1);
    return mem_strdup(list_of(t, 0, list));
}

const char *ablate_table_rate(const AblateTable *t, int64_t cell)
{
    return t->rate[cell * t->rates + t->chosen[cell]].text;
}

const char *ablate_table_missing(const AblateTable *t, int64_t cell)
{
    const char *missing = NULL;
    for (int64_t s = 0; s < t->seeds; s++) {
        const AblateOutcome *o = ablate_table_run(t, cell, s)->outcome;
        if (o->failure && o->code == ERROR_NUMERIC) return "diverged";
        if (o->failure) return "failed";
        if (!o->results.list) missing = "not finished";
    }
    return missing;
}

/* ---- choosing the learning rates ---- */

static int64_t task_at(const AblateTable *t, int64_t cell, int64_t rate, int64_t seed)
{
    return (cell * t->rates + rate) * t->seeds + seed;
}

/* measure [tasks]: of every run that has results. */
static int measure_all(const AblateTableWant *w, const AblateTable *t, RunMeasure *measure,
                       Error *err)
{
    const int64_t each = t->rates * t->seeds;
    for (int64_t i = 0; i < w->tasks->count; i++) {
        const CellResults *r = &w->work->outcome[i].results;
        char *const *list = t->list + i / each * t->lists;
        Error why = {0};
        if (!r->list || run_measure(&w->tasks->task[i], r, &w->validation, t->lists, list,
                                    &measure[i], &why) == 0)
            continue;
        if (why.code == ERROR_USAGE) return error_move(err, &why);
        ablate_work_fail(w->work, w->tasks, i, &why);
    }
    return 0;
}

/* A learning rate with which a run failed is not chosen unless all are like that. */
static void choose(const AblateTableWant *w, AblateTable *t, int64_t cell,
                   const RunMeasure *measure)
{
    double *map = mem_alloc((size_t)t->seeds * sizeof *map);
    AblateRate *rate = t->rate + cell * t->rates;
    int64_t best = -1;
    for (int64_t r = 0; r < t->rates; r++) {
        for (int64_t s = 0; s < t->seeds; s++) {
            const RunMeasure *m = &measure[task_at(t, cell, r, s)];
            map[s] = m->list ? m->validation : (double)NAN;
        }
        rate[r].text = w->tasks->task[task_at(t, cell, r, 0)].rate;
        rate[r].validation = statistics_spread(map, t->seeds);
        const double mean = rate[r].validation.mean;
        if (!isnan(mean) && (best < 0 || mean > rate[best].validation.mean)) best = r;
    }
    t->chosen[cell] = best < 0 ? 0 : best;
    mem_free(map);
}

/* The runs of the chosen learning rates take their measures along. */
static void take_runs(const AblateTableWant *w, AblateTable *t, RunMeasure *measure)
{
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t s = 0; s < t->seeds; s++) {
            const int64_t i = task_at(t, c, t->chosen[c], s);
            t->run[c * t->seeds + s] =
                (AblateRun){&w->tasks->task[i], &w->work->outcome[i], measure[i]};
            measure[i] = (RunMeasure){0};
        }
}

static int open_runs(const AblateTableWant *w, AblateTable *t, Error *err)
{
    RunMeasure *measure = mem_calloc((size_t)w->tasks->count, sizeof *measure);
    const int status = measure_all(w, t, measure, err);
    for (int64_t c = 0; status == 0 && c < t->grid->cells; c++) choose(w, t, c, measure);
    if (status == 0) take_runs(w, t, measure);
    for (int64_t i = 0; i < w->tasks->count; i++) run_measure_free(&measure[i]);
    mem_free(measure);
    return status;
}

/* ---- numbers ---- */

static void set_entry(AblateTable *t, int64_t cell, int64_t list, double *x)
{
    AblateEntry *e = &t->entry[cell * t->lists + list];
    for (enum AblateNumber n = 0; n < ABLATE_NUMBERS; n++) {
        for (int64_t s = 0; s < t->seeds; s++)
            x[s] = ablate_table_number(ablate_table_run(t, cell, s), list, n);
        e->number[n] = statistics_spread(x, t->seeds);
    }
    for (int64_t s = 0; s < t->seeds; s++)
        x[s] = ablate_table_number(ablate_table_run(t, cell, s), list, ABLATE_MAP) -
               ablate_table_number(ablate_table_run(t, t->against, s), list, ABLATE_MAP);
    e->difference = statistics_spread(x, t->seeds).mean;
    e->seeds = statistics_interval(x, t->seeds);
    e->images = (Interval){(double)NAN, (double)NAN};
}

static void add_ranks(AblateTable *t, int64_t list, int64_t seed)
{
    const int64_t cells = t->grid->cells;
    double *map = mem_alloc((size_t)cells * sizeof *map);
    double *rank = mem_alloc((size_t)cells * sizeof *rank);
    for (int64_t c = 0; c < cells; c++)
        map[c] = ablate_table_number(ablate_table_run(t, c, seed), list, ABLATE_MAP);
    statistics_ranks(map, cells, rank);
    for (int64_t c = 0; c < cells; c++)
        t->entry[c * t->lists + list].rank += rank[c] / (double)t->seeds;
    mem_free(rank);
    mem_free(map);
}

static void set_entries(AblateTable *t)
{
    double *x = mem_alloc((size_t)t->seeds * sizeof *x);
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++) set_entry(t, c, l, x);
    for (int64_t l = 0; l < t->lists; l++)
        for (int64_t s = 0; s < t->seeds; s++) add_ranks(t, l, s);
    mem_free(x);
}

static void set_image_intervals(AblateTable *t, int64_t resamples)
{
    for (int64_t l = 0; resamples > 0 && l < t->lists; l++)
        difference_over_images(t, l, resamples);
}

/* ---- opening ---- */

static void name_lists(const AblateTableWant *w, AblateTable *t)
{
    for (int64_t c = 0; c < t->grid->cells; c++) {
        const Config *config = &w->tasks->task[task_at(t, c, 0, 0)].config;
        char **name = eval_set_names(&config->data.eval);
        for (int64_t l = 0; l < config->data.eval.count; l++)
            if (l < t->lists)
                t->list[c * t->lists + l] = name[l]; /* belongs to the table now */
            else
                mem_free(name[l]);
        mem_free(name);
    }
}

static void allocate(AblateTable *t)
{
    const size_t cells = (size_t)t->grid->cells;
    t->list = mem_calloc(cells * (size_t)t->lists, sizeof *t->list);
    t->rate = mem_calloc(cells * (size_t)t->rates, sizeof *t->rate);
    t->chosen = mem_calloc(cells, sizeof *t->chosen);
    t->run = mem_calloc(cells * (size_t)t->seeds, sizeof *t->run);
    t->entry = mem_calloc(cells * (size_t)t->lists, sizeof *t->entry);
}

int ablate_table_new(const AblateTableWant *w, AblateTable *out, Error *err)
{
    *out = (AblateTable){.grid = w->grid,
                         .seeds = w->tasks->seeds,
                         .rates = w->tasks->rates,
                         .lists = w->work->lists - (w->validation.folder != NULL),
                         .against = w->against,
                         .validation = w->validation};
    allocate(out);
    name_lists(w, out);
    if (open_runs(w, out, err) != 0) return -1;
    set_entries(out);
    set_image_intervals(out, w->resamples);
    return 0;
}

void ablate_table_free(AblateTable *t)
{
    const int64_t cells = t->grid ? t->grid->cells : 0;
    for (int64_t i = 0; i < cells * t->seeds; i++) run_measure_free(&t->run[i].measure);
    for (int64_t i = 0; i < cells * t->lists; i++) mem_free(t->list[i]);
    mem_free(t->entry);
    mem_free(t->run);
    mem_free(t->chosen);
    mem_free(t->rate);
    mem_free(t->list);
    *t = (AblateTable){0};
}
