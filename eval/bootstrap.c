/* SPDX-License-Identifier: Apache-2.0 */
/* Resamples as weights. For every tag, AP runs down its order once for a block of resamples,
 * whose weights of one image lie side by side. */
#include "eval/bootstrap.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 64 }; /* resamples of a block: a cache line of weights */

/* Ranks of one tag in a block of resamples. */
typedef struct Walk {
    uint32_t rank[LANES], hits[LANES]; /* images so far, positives so far */
    double sum[LANES];                 /* of the precisions at the positives */
} Walk;

struct BootstrapDraws {
    int64_t images, resamples, blocks;
    uint64_t seed;
    uint8_t *weight;  /* [blocks, images, LANES] */
    double *harmonic; /* [images + 1] 1 + 1/2 + ... + 1/n */
};

enum { DRAW_IMAGES, DRAW_TAGS }; /* epoch of the stream */

static BootstrapOptions complete(const BootstrapOptions *o)
{
    BootstrapOptions c = *o;
    if (c.resamples == 0) c.resamples = BOOTSTRAP_DEFAULT;
    if (c.level == 0.0) c.level = 0.95;
    CHECK(c.resamples > 0 && c.resamples <= BOOTSTRAP_MAX, "%ld resamples", c.resamples);
    CHECK(c.level > 0 && c.level < 1, "level %g", c.level);
    return c;
}

static void draw_block(int64_t block, void *context)
{
    const BootstrapDraws *d = context;
    uint8_t *weight = d->weight + block * d->images * LANES;
    for (int64_t l = 0; l < LANES && block * LANES + l < d->resamples; l++) {
        Rng rng = rng_new(d->seed, DRAW_IMAGES, (uint64_t)(block * LANES + l), RNG_BOOTSTRAP);
        for (int64_t i = 0; i < d->images; i++) {
            uint8_t *w = weight + rng_below(&rng, d->images) * LANES + l;
            CHECK(*w < UINT8_MAX, "%d draws of one image", *w); /* chance below 1e-500 */
            ++*w;
        }
    }
}

BootstrapDraws *bootstrap_draw(int64_t images, const BootstrapOptions *options)
{
    const BootstrapOptions o = complete(options);
    BootstrapDraws *d = mem_alloc(sizeof *d);
    CHECK(images > 0 && images <= INT32_MAX, "%ld images", images);
    *d = (BootstrapDraws){.images = images,
                          .resamples = o.resamples,
                          .blocks = (o.resamples + LANES - 1) / LANES,
                          .seed = o.seed};
    d->weight = mem_calloc((size_t)(d->blocks * images), LANES);
    d->harmonic = mem_calloc((size_t)images + 1, sizeof *d->harmonic);
    for (int64_t i = 1; i <= images; i++) d->harmonic[i] = d->harmonic[i - 1] + 1 / (double)i;
    parallel_for(d->blocks, draw_block, d);
    return d;
}

void bootstrap_draws_free(BootstrapDraws *d)
{
    if (!d) return;
    mem_free(d->harmonic);
    mem_free(d->weight);
    mem_free(d);
}

int64_t bootstrap_resamples(const BootstrapDraws *d) { return d->resamples; }

static void pass(const uint8_t *restrict weight, uint32_t *restrict count)
{
    for (int l = 0; l < LANES; l++) count[l] += weight[l];
}

/* A positive of weight w: w images side by side. */
static void hit(const uint8_t *weight, Walk *w)
{
    for (int l = 0; l < LANES; l++)
        for (uint8_t copy = 0; copy < weight[l]; copy++)
            w->sum[l] += (double)++w->hits[l] / (double)++w->rank[l];
}

/* The sum of image_order_expected_ap for t images of equal scores, r of them positive, as a
 * closed form with harmonic numbers H: r/t (t s + (P + 1 - s (R + 1)) (H(R + t) - H(R))) with s
 * = (r - 1) / (t - 1). */
static void add_group(const double *harmonic, const uint32_t *t, const uint32_t *r, Walk *w)
{
    for (int l = 0; l < LANES; l++) {
        const double R = w->rank[l], P = w->hits[l], n = t[l], hits = r[l];
        const double s = n > 1 ? (hits - 1) / (n - 1) : 0;
        const double span = harmonic[w->rank[l] + t[l]] - harmonic[w->rank[l]];
        if (r[l]) w->sum[l] += hits / n * (n * s + (P + 1 - s * (R + 1)) * span);
        w->rank[l] += t[l];
        w->hits[l] += r[l];
    }
}

static void step(const ImageOrder *r, int64_t i, const uint8_t *weight, Walk *w)
{
    const uint8_t *one = weight + (int64_t)r->image[i] * LANES;
    if (r->mark[i] & ORDER_POSITIVE)
        hit(one, w);
    else
        pass(one, w->rank);
}

static void step_group(const ImageOrder *r, int64_t first, int64_t end, const uint8_t *weight,
                       const double *harmonic, Walk *w)
{
    uint32_t t[LANES] = {0}, hits[LANES] = {0};
    for (int64_t i = first; i < end; i++) {
        const uint8_t *one = weight + (int64_t)r->image[i] * LANES;
        pass(one, t);
        if (r->mark[i] & ORDER_POSITIVE) pass(one, hits);
    }
    add_group(harmonic, t, hits, w);
}

static void walk_in_order(const ImageOrder *r, const uint8_t *weight, Walk *w)
{
    for (int64_t i = 0; i < r->depth; i++) step(r, i, weight, w);
}

static void walk_in_groups(const ImageOrder *r, const uint8_t *weight, const double *harmonic,
                           Walk *w)
{
    for (int64_t first = 0, end; first < r->depth; first = end) {
        end = first + 1;
        while (end < r->depth && r->mark[end] & ORDER_TIED) end++;
        if (end == first + 1)
            step(r, first, weight, w);
        else
            step_group(r, first, end, weight, harmonic, w);
    }
}

void bootstrap_ap(const BootstrapDraws *d, const ImageOrder *r, enum BootstrapRule rule,
                  double *ap)
{
    for (int64_t b = 0; b < d->blocks; b++) {
        const uint8_t *weight = d->weight + b * d->images * LANES;
        Walk w = {0};
        if (rule == BOOTSTRAP_REFERENCE)
            walk_in_order(r, weight, &w);
        else
            walk_in_groups(r, weight, d->harmonic, &w);
        for (int64_t l = 0; l < LANES && b * LANES + l < d->resamples; l++) {
            const double positives = w.hits[l];
            const double count = rule == BOOTSTRAP_REFERENCE ? positives + 1e-8 : positives;
            ap[b * LANES + l] = w.sum[l] / count; /* 0 / 0 is NAN */
        }
    }
}

/* How often each tag is drawn in a resample; 1 each if the tags are not drawn. */
static void draw_tags(const BootstrapOptions *o, int64_t resample, int64_t tags,
                      uint32_t *times)
{
    for (int64_t k = 0; k < tags; k++) times[k] = !o->tags;
    if (!o->tags) return;
    Rng rng = rng_new(o->seed, DRAW_TAGS, (uint64_t)resample, RNG_BOOTSTRAP);
    for (int64_t k = 0; k < tags; k++) times[rng_below(&rng, tags)]++;
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
    draw_tags(&m->o, b, m->tags, times);
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
    Means m = {.ap = ap, .tags = tags, .o = complete(options)};
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
        truth[i] = w->in->truth[i * tags + k] != 0;
        if (isnan(score[i]))
            status = error_set(err, ERROR_NUMERIC,
                               "scores: image %ld, tag %ld (from 0): not a number", i, k);
    }
    if (status == 0) {
        ImageOrder r = image_order_new(n);
        image_order_sort(&r, n, score, truth);
        w->value[k] = image_order_ap(&r);
        bootstrap_ap(w->draws, &r, BOOTSTRAP_REFERENCE, w->ap + k * w->draws->resamples);
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
static int resample_all(const MetricsInput *in, const BootstrapDraws *draws, double **ap,
                        double *map, Error *err)
{
    Work w = {in, draws, NULL, mem_calloc((size_t)in->tags, sizeof *w.value)};
    w.ap = mem_alloc((size_t)in->tags * (size_t)draws->resamples * sizeof *w.ap);
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
    BootstrapDraws *draws = bootstrap_draw(in->images, o);
    const int status = resample_all(in, draws, &ap, &map, err);
    if (status == 0) *out = bootstrap_interval(ap, in->tags, o, map);
    mem_free(ap);
    bootstrap_draws_free(draws);
    return status;
}

static int check_pair(const MetricsInput *a, const MetricsInput *b, Error *err)
{
    CHECK(a->images == b->images && a->tags == b->tags, "%ld x %ld and %ld x %ld", a->images,
          a->tags, b->images, b->tags);
    for (int64_t i = 0; i < a->images * a->tags; i++)
        if (!a->truth[i] != !b->truth[i])
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
    BootstrapDraws *draws = bootstrap_draw(a->images, o);
    int status = resample_all(a, draws, &ap, &map, err);
    if (status == 0) status = resample_all(b, draws, &other, &less, err);
    for (int64_t i = 0; status == 0 && i < a->tags * draws->resamples; i++) ap[i] -= other[i];
    if (status == 0) *out = bootstrap_interval(ap, a->tags, o, map - less);
    mem_free(other);
    mem_free(ap);
    bootstrap_draws_free(draws);
    return status;
}
