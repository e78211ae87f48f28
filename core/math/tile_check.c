/* SPDX-License-Identifier: Apache-2.0 */
/* Compares whole products with tiled ones. */
#include "core/math/tile_check.h"

#include "core/mem.h"
#include "core/rng.h"

#include <string.h>

enum {
    TRIALS = 64,
    SIDE = 512,
    DEPTH = 1024, /* deeper than a library's block of factors */
    WIDTH = 16,   /* of layers, a multiple of it as a rule */
    WORK = 8 * TILE_WORK,
};

typedef struct Trial {
    int64_t M, N, K;
    Tiles tiles;
    bool transposed[2];
    Real alpha, beta;
} Trial;

/* 1..most, every second time a multiple of WIDTH. */
static int64_t draw_size(Rng *rng, int64_t most)
{
    const int64_t n = 1 + rng_below(rng, most);
    return rng_below(rng, 2) ? n : (n + WIDTH - 1) / WIDTH * WIDTH;
}

/* A product of two tiles or more. */
static Trial draw(Rng *rng)
{
    Trial t = {.transposed = {rng_below(rng, 2), rng_below(rng, 2)},
               .alpha = rng_below(rng, 2) ? 1 : (Real)0.3,
               .beta = rng_below(rng, 2) ? 1 : 0};
    const int threads = (int)rng_below(rng, 64) + 2;
    do {
        t.M = draw_size(rng, SIDE), t.N = draw_size(rng, SIDE), t.K = draw_size(rng, DEPTH);
        t.tiles = tiles_shared(t.M, t.N, t.K, threads);
    } while (tiles_count(&t.tiles) < 2 || t.M * t.N * t.K > WORK);
    return t;
}

/* The factors overlap: any numbers will do. */
typedef struct Bench {
    const Real *a, *b, *start;
    Real *whole, *tiled;
} Bench;

static bool same_bits(TiledProduct *multiply, const Trial *t, const Bench *w)
{
    const size_t bytes = (size_t)(t->M * t->N) * sizeof(Real);
    const Matrix a = {w->a, t->transposed[0] ? t->M : t->K, t->transposed[0]};
    const Matrix b = {w->b, t->transposed[1] ? t->K : t->N, t->transposed[1]};
    memcpy(w->whole, w->start, bytes);
    memcpy(w->tiled, w->start, bytes);
    multiply((Tiles){t->M, t->N, 1, 1}, t->K, t->alpha, a, b, t->beta, w->whole);
    multiply(t->tiles, t->K, t->alpha, a, b, t->beta, w->tiled);
    return memcmp(w->whole, w->tiled, bytes) == 0;
}

/* Numbers in [-1, 1). */
static Real *draw_numbers(int64_t n)
{
    const Rng rng = rng_new(0, 0, 1, RNG_TILE_CHECK);
    uint32_t *bits = mem_alloc((size_t)n * sizeof *bits);
    Real *out = mem_alloc((size_t)n * sizeof *out);
    rng_fill(&rng, 0, n, bits);
    for (int64_t i = 0; i < n; i++) out[i] = (Real)(int32_t)bits[i] / (Real)(1u << 31);
    mem_free(bits);
    return out;
}

bool tile_check(TiledProduct *multiply)
{
    const int64_t factor = SIDE * DEPTH, result = SIDE * SIDE;
    Real *numbers = draw_numbers(factor + 2 * result),
         *out = mem_alloc((size_t)(2 * result) * sizeof *out);
    const Bench w = {.a = numbers,
                     .b = numbers + result,
                     .start = numbers + result + factor,
                     .whole = out,
                     .tiled = out + result};
    Rng rng = rng_new(0, 0, 0, RNG_TILE_CHECK);
    bool same = true;
    for (int i = 0; same && i < TRIALS; i++) {
        const Trial t = draw(&rng);
        same = same_bits(multiply, &t, &w);
    }
    mem_free(numbers);
    mem_free(out);
    return same;
}
