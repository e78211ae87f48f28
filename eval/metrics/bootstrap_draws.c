/* SPDX-License-Identifier: Apache-2.0 */
/* Resamples as weights. For every tag, AP runs down its order once for a block of resamples,
 * whose weights of one image lie side by side. */
#include "eval/metrics/bootstrap_draws.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "core/rng.h"

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

BootstrapDraws *bootstrap_draws_new(int64_t images, const BootstrapOptions *options)
{
    const BootstrapOptions o = bootstrap_options(options);
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

/* By itself, because gcc joins two rounds of a loop around it and then adds one by one. */
static __attribute__((noinline)) void add(const uint8_t *restrict weight,
                                          uint16_t *restrict sum)
{
    for (int l = 0; l < LANES; l++) sum[l] = (uint16_t)(sum[l] + weight[l]);
}

/* Adds the weights of the images from..end-1 of the order. Sums of few of them fit 16 bits,
 * which a processor adds twice as many of at once. */
static void pass(const ImageOrder *r, int64_t from, int64_t end, const uint8_t *weight,
                 uint32_t *restrict count)
{
    enum { FEW = UINT16_MAX / UINT8_MAX };
    while (from < end) {
        const int64_t stop = end - from < FEW ? end : from + FEW;
        uint16_t sum[LANES] = {0};
        for (; from < stop; from++) add(weight + (int64_t)r->image[from] * LANES, sum);
        for (int l = 0; l < LANES; l++) count[l] += sum[l];
    }
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

static bool is_positive(const ImageOrder *r, int64_t i) { return r->mark[i] & ORDER_POSITIVE; }

static void walk_in_order(const ImageOrder *r, const uint8_t *weight, Walk *w)
{
    for (int64_t i = 0, from = 0; i < r->depth; i++) {
        if (!is_positive(r, i)) continue;
        pass(r, from, i, weight, w->rank);
        hit(weight + (int64_t)r->image[i] * LANES, w);
        from = i + 1;
    }
}

static void step_group(const ImageOrder *r, int64_t first, int64_t end, const uint8_t *weight,
                       const double *harmonic, Walk *w)
{
    uint32_t t[LANES] = {0}, hits[LANES] = {0};
    pass(r, first, end, weight, t);
    for (int64_t i = first; i < end; i++)
        if (is_positive(r, i)) pass(r, i, i + 1, weight, hits);
    add_group(harmonic, t, hits, w);
}

static void walk_in_groups(const ImageOrder *r, const uint8_t *weight, const double *harmonic,
                           Walk *w)
{
    for (int64_t first = 0, end, from = 0; first < r->depth; first = end) {
        bool some = is_positive(r, first);
        for (end = first + 1; end < r->depth && r->mark[end] & ORDER_TIED; end++)
            some |= is_positive(r, end);
        if (!some) continue; /* with the negatives that follow */
        pass(r, from, first, weight, w->rank);
        if (end == first + 1)
            hit(weight + (int64_t)r->image[first] * LANES, w);
        else
            step_group(r, first, end, weight, harmonic, w);
        from = end;
    }
}

void bootstrap_draws_ap(const BootstrapDraws *d, const ImageOrder *r, enum BootstrapRule rule,
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

void bootstrap_draws_tags(const BootstrapOptions *o, int64_t resample, int64_t tags,
                          uint32_t *times)
{
    for (int64_t k = 0; k < tags; k++) times[k] = !o->tags;
    if (!o->tags) return;
    Rng rng = rng_new(o->seed, DRAW_TAGS, (uint64_t)resample, RNG_BOOTSTRAP);
    for (int64_t k = 0; k < tags; k++) times[rng_below(&rng, tags)]++;
}
