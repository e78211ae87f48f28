/* SPDX-License-Identifier: Apache-2.0 */
/* Compares products in the tiles of one thread with those of many. */
#include "core/math/tile_check.h"

#include "core/mem.h"
#include "core/rng.h"

#include <string.h>

enum {
    TRIALS = 40,
    SIDE = 512,
    DEPTH = 1024, /* deeper than a library's block of factors */
    WIDTH = 16,   /* of layers, a multiple of it as a rule */
    WORK = 8 * TILE_WORK,
    LONG_ROWS = 224, /* of DEPTH elements */
    MANY = 16,       /* threads that divide them */
};

typedef struct Trial {
    int64_t M, N, K;
    TileLimits limits;
    Tiles few, many;
    bool transposed[2];
    Real alpha, beta;
} Trial;

static Matrix factor_a(const Trial *t, const Real *data)
{
    return (Matrix){data, t->transposed[0] ? t->M : t->K, t->transposed[0]};
}

static Matrix factor_b(const Trial *t, const Real *data)
{
    return (Matrix){data, t->transposed[1] ? t->K : t->N, t->transposed[1]};
}

/* 1..most, every second time a multiple of WIDTH. */
static int64_t draw_size(Rng *rng, int64_t most)
{
    const int64_t n = 1 + rng_below(rng, most);
    return rng_below(rng, 2) ? n : (n + WIDTH - 1) / WIDTH * WIDTH;
}

static bool counts(const Trial *t)
{
    return t->M >= t->limits.rows && t->N >= t->limits.cols &&
           tiles_count(&t->many) > tiles_count(&t->few);
}

/* A product that many threads divide more often than one. Libraries decide by the length of
 * rows, too: long_rows gives one that fills few lines of a cache. */
static Trial draw(Rng *rng, TiledLimits *limits, bool long_rows)
{
    Trial t = {.alpha = rng_below(rng, 2) ? 1 : (Real)0.3, .beta = rng_below(rng, 2) ? 1 : 0};
    const int threads = (int)rng_below(rng, 64) + 2;
    do {
        for (int i = 0; i < 2; i++) t.transposed[i] = rng_below(rng, 2);
        t.M = draw_size(rng, SIDE), t.N = draw_size(rng, SIDE), t.K = draw_size(rng, DEPTH);
        if (long_rows) t.M = LONG_ROWS, t.N = t.K = DEPTH;
        t.limits = limits(factor_a(&t, NULL), factor_b(&t, NULL));
        t.few = tiles_shared(t.M, t.N, t.K, 1, t.limits);
        t.many = tiles_shared(t.M, t.N, t.K, long_rows ? MANY : threads, t.limits);
    } while (!counts(&t) || (!long_rows && t.M * t.N * t.K > WORK));
    return t;
}

/* The factors overlap: any numbers will do. */
typedef struct Bench {
    const Real *a, *b, *start;
    Real *few, *many;
} Bench;

static bool same_bits(TiledProduct *multiply, const Trial *t, const Bench *w)
{
    const size_t bytes = (size_t)(t->M * t->N) * sizeof(Real);
    const Matrix a = factor_a(t, w->a), b = factor_b(t, w->b);
    memcpy(w->few, w->start, bytes);
    memcpy(w->many, w->start, bytes);
    multiply(t->few, t->K, t->alpha, a, b, t->beta, w->few);
    multiply(t->many, t->K, t->alpha, a, b, t->beta, w->many);
    return memcmp(w->few, w->many, bytes) == 0;
}

Real *tile_check_numbers(int64_t n)
{
    const Rng rng = rng_new(0, 0, 1, RNG_TILE_CHECK);
    uint32_t *bits = mem_alloc((size_t)n * sizeof *bits);
    Real *out = mem_alloc((size_t)n * sizeof *out);
    rng_fill(&rng, 0, n, bits);
    for (int64_t i = 0; i < n; i++) out[i] = (Real)(int32_t)bits[i] / (Real)(1u << 31);
    mem_free(bits);
    return out;
}

bool tile_check(TiledProduct *multiply, TiledLimits *limits)
{
    const int64_t factor = DEPTH * DEPTH, result = SIDE * SIDE;
    Real *numbers = tile_check_numbers(factor + 2 * result),
         *out = mem_alloc((size_t)(2 * result) * sizeof *out);
    const Bench w = {.a = numbers,
                     .b = numbers + result,
                     .start = numbers + result + factor,
                     .few = out,
                     .many = out + result};
    Rng rng = rng_new(0, 0, 0, RNG_TILE_CHECK);
    bool same = true;
    for (int i = 0; same && i < TRIALS; i++) {
        const Trial t = draw(&rng, limits, i == 0);
        same = same_bits(multiply, &t, &w);
    }
    mem_free(numbers);
    mem_free(out);
    return same;
}
