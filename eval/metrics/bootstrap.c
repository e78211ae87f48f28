/* SPDX-License-Identifier: Apache-2.0 */
/* From the APs of all resamples to an interval. */
#include "eval/metrics/bootstrap.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "eval/metrics/bootstrap_draws.h"

#include <math.h>
#include <stdlib.h>

BootstrapOptions bootstrap_options(const BootstrapOptions *o)
{
    BootstrapOptions c = *o;
    if (c.resamples == 0) c.resamples = BOOTSTRAP_DEFAULT;
    if (c.level == 0.0) c.level = 0.95;
    CHECK(c.resamples > 0 && c.resamples <= BOOTSTRAP_MAX, "%ld resamples", c.resamples);
    CHECK(c.level > 0 && c.level < 1, "level %g", c.level);
    return c;
}

typedef struct Means {
    const double *ap; /* [tags, resamples] */
    int64_t tags;
    BootstrapOptions o;
    double *mean; /* [resamples] */
} Means;

static void mean_of_resample(int64_t b, void *context)
{
    const Means *m = context;
    uint32_t *times = mem_alloc((size_t)m->tags * sizeof *times);
    double sum = 0, n = 0;
    bootstrap_draws_tags(&m->o, b, m->tags, times);
    for (int64_t k = 0; k < m->tags; k++) {
        const double ap = m->ap[k * m->o.resamples + b];
        if (isnan(ap)) continue;
        sum += times[k] * ap;
        n += times[k];
    }
    m->mean[b] = n > 0 ? sum / n : 0;
    mem_free(times);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, int64_t n, double share)
{
    const double at = share * (double)(n - 1), below = floor(at);
    const int64_t i = (int64_t)below;
    return i + 1 < n ? sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

BootstrapInterval bootstrap_interval(const double *ap, int64_t tags,
                                     const BootstrapOptions *options, double value)
{
    Means m = {.ap = ap, .tags = tags, .o = bootstrap_options(options)};
    const int64_t n = m.o.resamples;
    BootstrapInterval out = {.value = value};
    double mean = 0;
    m.mean = mem_alloc((size_t)n * sizeof *m.mean);
    parallel_for(n, mean_of_resample, &m);
    for (int64_t b = 0; b < n; b++) {
        mean += m.mean[b] / (double)n;
        out.above += (m.mean[b] > 0) / (double)n;
    }
    for (int64_t b = 0; b < n && n > 1; b++)
        out.deviation += (m.mean[b] - mean) * (m.mean[b] - mean) / (double)(n - 1);
    out.deviation = sqrt(out.deviation);
    qsort(m.mean, (size_t)n, sizeof *m.mean, by_value);
    out.low = percentile(m.mean, n, (1 - m.o.level) / 2);
    out.high = percentile(m.mean, n, (1 + m.o.level) / 2);
    mem_free(m.mean);
    return out;
}

typedef struct Work {
    const MetricsInput *in;
    const BootstrapDraws *draws;
    int64_t resamples;
    double *ap, *value; /* [tags, resamples], [tags] */
} Work;

static int resample_tag(int64_t k, void *context, Error *err)
{
    const Work *w = context;
    const int64_t n = w->in->images, tags = w->in->tags;
    double *score = mem_alloc((size_t)n * sizeof *score);
    int8_t *truth = mem_alloc((size_t)n);
    int status = 0;
    for (int64_t i = 0; i < n; i++) {
        score[i] = (double)w->in->score[i * tags + k];
        truth[i] = (int8_t)w->in->truth[i * tags + k]; /* unknown: -1 */
        if (isnan(score[i]))
            status = error_set(err, ERROR_NUMERIC,
                               "scores: image %ld, tag %ld (from 0): not a number", i, k);
    }
    if (status == 0) {
        ImageOrder r = image_order_new(n);
        image_order_sort(&r, n, score, truth);
        w->value[k] = image_order_ap(&r);
        bootstrap_draws_ap(w->draws, &r, BOOTSTRAP_REFERENCE, w->ap + k * w->resamples);
        image_order_free(&r);
    }
    mem_free(truth);
    mem_free(score);
    return status;
}

static int check_input(const MetricsInput *in, Error *err)
{
    CHECK(in->images >= 0 && in->tags >= 0, "%ld images, %ld tags", in->images, in->tags);
    if (in->images > 0 && in->tags > 0) return 0;
    return error_set(err, ERROR_DATA, "bootstrap: %ld images, %ld tags: nothing to draw from",
                     in->images, in->tags);
}

/* The APs of all tags in all resamples, and of the images as they are: the caller frees both
 * arrays. */
static int resample_all(const MetricsInput *in, const BootstrapDraws *draws, int64_t resamples,
                        double **ap, double *map, Error *err)
{
    Work w = {.in = in, .draws = draws, .resamples = resamples};
    w.value = mem_calloc((size_t)in->tags, sizeof *w.value);
    w.ap = mem_alloc((size_t)in->tags * (size_t)resamples * sizeof *w.ap);
    const int status = parallel_try(in->tags, resample_tag, &w, err);
    *map = 0;
    for (int64_t k = 0; k < in->tags; k++) *map += w.value[k];
    *map /= (double)in->tags;
    mem_free(w.value);
    *ap = w.ap;
    return status;
}

int bootstrap_map(const MetricsInput *in, const BootstrapOptions *o, BootstrapInterval *out,
                  Error *err)
{
    double *ap, map;
    if (check_input(in, err) != 0) return -1;
    BootstrapDraws *draws = bootstrap_draws_new(in->images, o);
    const int64_t resamples = bootstrap_options(o).resamples;
    const int status = resample_all(in, draws, resamples, &ap, &map, err);
    if (status == 0) *out = bootstrap_interval(ap, in->tags, o, map);
    mem_free(ap);
    bootstrap_draws_free(draws);
    return status;
}

int bootstrap_maps(const MetricsInput *in, const BootstrapDraws *draws, int64_t n, double *map,
                   Error *err)
{
    double *ap, all;
    if (check_input(in, err) != 0) return -1;
    const int status = resample_all(in, draws, n, &ap, &all, err);
    for (int64_t b = 0; status == 0 && b < n; b++) {
        map[b] = 0;
        for (int64_t k = 0; k < in->tags; k++) map[b] += ap[k * n + b] / (double)in->tags;
    }
    mem_free(ap);
    return status;
}

static int check_pair(const MetricsInput *a, const MetricsInput *b, Error *err)
{
    CHECK(a->images == b->images && a->tags == b->tags, "%ld x %ld and %ld x %ld", a->images,
          a->tags, b->images, b->tags);
    for (int64_t i = 0; i < a->images * a->tags; i++)
        if (a->truth[i] != b->truth[i])
            return error_set(err, ERROR_DATA,
                             "bootstrap: image %ld, tag %ld (from 0): the labels of both sides "
                             "differ: their difference says nothing",
                             i / a->tags, i % a->tags);
    return check_input(a, err);
}

int bootstrap_difference(const MetricsInput *a, const MetricsInput *b,
                         const BootstrapOptions *o, BootstrapInterval *out, Error *err)
{
    double *ap = NULL, *other = NULL, map = 0, less = 0;
    if (check_pair(a, b, err) != 0) return -1;
    BootstrapDraws *draws = bootstrap_draws_new(a->images, o);
    const int64_t resamples = bootstrap_options(o).resamples;
    int status = resample_all(a, draws, resamples, &ap, &map, err);
    if (status == 0) status = resample_all(b, draws, resamples, &other, &less, err);
    for (int64_t i = 0; status == 0 && i < a->tags * resamples; i++) ap[i] -= other[i];
    if (status == 0) *out = bootstrap_interval(ap, a->tags, o, map - less);
    mem_free(other);
    mem_free(ap);
    bootstrap_draws_free(draws);
    return status;
}
