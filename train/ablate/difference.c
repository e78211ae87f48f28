/* SPDX-License-Identifier: Apache-2.0 */
/* The mAP of each run in every resample, and the percentiles of their differences. */
#include "train/ablate/difference.h"

#include "core/log.h"
#include "core/mem.h"
#include "eval/metrics/bootstrap.h"
#include "eval/metrics/bootstrap_draws.h"

#include <math.h>
#include <string.h>

typedef struct Resampling {
    AblateTable *table;
    int64_t list;
    BootstrapOptions options;
    BootstrapDraws *draws; /* of the images of `common` */
    Scores *common;        /* those of the first run that has results; NULL: none yet */
    double *map;           /* [cells, seeds, resamples]; NAN: no results */
} Resampling;

static bool is_comparable(const Scores *a, const Scores *b)
{
    return a->images == b->images && a->tags == b->tags &&
           memcmp(a->truth, b->truth, (size_t)(a->images * a->tags)) == 0;
}

/* map [resamples]; stays NAN where the scores are not comparable. */
static int resample(Resampling *r, const Scores *s, double *map, Error *err)
{
    const MetricsInput in = scores_input(s);
    if (!r->draws) r->draws = bootstrap_draws_new(s->images, &r->options);
    if (r->common && !is_comparable(r->common, s)) return 0;
    return bootstrap_maps(&in, r->draws, r->options.resamples, map, err);
}

static void add_run(Resampling *r, const AblateRun *run, int64_t cell, double *map)
{
    const AblateTable *t = r->table;
    const char *name = t->list[cell * t->lists + r->list];
    Scores *s = NULL;
    Error why = {0};
    for (int64_t i = 0; i < r->options.resamples; i++) map[i] = (double)NAN;
    if (!run->measure.list) return;
    if (run_scores(run->task, run->outcome->results.step, name, &t->validation, &s, &why) !=
            0 ||
        resample(r, s, map, &why) != 0) {
        log_warn("%s: no intervals over images", why.text);
        r->table->unread += why.code == ERROR_RUNTIME;
        scores_free(s);
        return;
    }
    if (r->common)
        scores_free(s);
    else
        r->common = s;
}

static double *map_of(const Resampling *r, int64_t cell, int64_t seed)
{
    return r->map + (cell * r->table->seeds + seed) * r->options.resamples;
}

/* The cell that all are compared to goes first: it says which images are common. */
static void add_runs(Resampling *r)
{
    AblateTable *t = r->table;
    for (int64_t i = 0; i < t->grid->cells; i++) {
        const int64_t c = i == 0 ? t->against : i <= t->against ? i - 1 : i;
        for (int64_t s = 0; s < t->seeds; s++)
            add_run(r, ablate_table_run(t, c, s), c, map_of(r, c, s));
    }
}

static void set_interval(Resampling *r, int64_t cell, double *x)
{
    AblateTable *t = r->table;
    for (int64_t i = 0; i < r->options.resamples; i++) {
        x[i] = 0;
        for (int64_t s = 0; s < t->seeds; s++)
            x[i] += (map_of(r, cell, s)[i] - map_of(r, t->against, s)[i]) / (double)t->seeds;
        if (isnan(x[i])) return;
    }
    AblateEntry *e = &t->entry[cell * t->lists + r->list];
    const BootstrapInterval b = bootstrap_interval(x, 1, &r->options, e->difference);
    e->images = (Interval){b.low, b.high};
}

void difference_over_images(AblateTable *t, int64_t list, int64_t resamples)
{
    Resampling r = {.table = t, .list = list, .options = {.resamples = resamples}};
    r.map = mem_alloc((size_t)(t->grid->cells * t->seeds * resamples) * sizeof *r.map);
    double *x = mem_alloc((size_t)resamples * sizeof *x);
    add_runs(&r);
    for (int64_t c = 0; c < t->grid->cells; c++) set_interval(&r, c, x);
    bootstrap_draws_free(r.draws);
    scores_free(r.common);
    mem_free(x);
    mem_free(r.map);
}
