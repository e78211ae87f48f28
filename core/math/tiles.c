/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries split a product by the number of threads, and with some another split rounds sums
 * differently: hence tiles of our own. They are about square, since the library copies the
 * factors of each. */
#include "core/math/tiles.h"

#include "core/math/pieces.h"

#include <stdbool.h>

enum {
    TILE = 512,    /* rows and columns of the largest tile of a shape */
    TILE_MIN = 64, /* smaller tiles take longer to copy than to multiply */
    TILES_WANTED = 8,
    TILES_WANTED_LARGE = 16,
    PER_THREAD = 4,  /* tiles: one of the threads may be late */
    SHARED_MIN = 32, /* rows and columns, where there are many threads */
    ROWS = 4,        /* tiles begin at multiples of these: kernels compute as many at once */
    COLS = 16,
};
static const int64_t LARGE = 1LL << 31; /* multiplications */

Tiles tiles_of(int64_t M, int64_t N, int64_t K, int64_t min)
{
    Tiles t = {M, N, 1, 1};
    if (M * N * K < min) return t;
    const int64_t wanted = M * N * K < LARGE ? TILES_WANTED : TILES_WANTED_LARGE;
    int64_t rows = TILE, cols = TILE;
    for (;;) {
        t.down = pieces_of(M, rows), t.across = pieces_of(N, cols);
        int64_t *larger = rows >= cols ? &rows : &cols;
        if (t.down * t.across >= wanted || *larger <= TILE_MIN) return t;
        *larger /= 2;
    }
}

static int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

/* Of all pieces of n rows or columns that begin at multiples of unit. */
static int64_t smallest(int64_t n, int64_t parts, int64_t unit)
{
    return n >= unit * parts ? n / unit / parts * unit : n / parts;
}

/* The number of pieces of n that have `min` each. */
static int64_t most(int64_t n, int64_t min, int64_t unit)
{
    const int64_t parts = n / pieces_round(min < SHARED_MIN ? SHARED_MIN : min, unit);
    return parts ? parts : 1;
}

/* Whether a gives more of the tiles wanted, or as many that copy less of the factors. */
static bool is_better(const Tiles *a, const Tiles *b, int64_t wanted)
{
    const int64_t more = least_of(tiles_count(a), wanted) - least_of(tiles_count(b), wanted);
    return more ? more > 0
                : a->down * a->N + a->across * a->M < b->down * b->N + b->across * b->M;
}

Tiles tiles_shared(int64_t M, int64_t N, int64_t K, int threads, TileLimits limits)
{
    const int64_t wanted = threads > 1 ? PER_THREAD * (int64_t)threads : 1;
    Tiles best = {M, N, 1, 1};
    for (int64_t across = 1; across <= least_of(wanted, most(N, limits.cols, COLS)); across++) {
        const int64_t width = smallest(N, across, COLS);
        const int64_t enough = pieces_of(TILE_WORK, width * K);
        const int64_t down = most(M, greatest(enough, limits.rows), ROWS);
        const Tiles t = {M, N, least_of(down, pieces_of(wanted, across)), across};
        if (smallest(M, t.down, ROWS) * width * K < TILE_WORK) break;
        if (is_better(&t, &best, wanted)) best = t;
    }
    best.down = greatest(best.down, pieces_of(M, limits.side));
    best.across = greatest(best.across, pieces_of(N, limits.side));
    return best;
}

int64_t tiles_count(const Tiles *t) { return t->down * t->across; }

/* Where piece i of n rows or columns begins. */
static int64_t start(int64_t n, int64_t parts, int64_t unit, int64_t i)
{
    if (i == parts) return n;
    return n >= unit * parts ? n / unit * i / parts * unit : n * i / parts;
}

Tile tiles_at(const Tiles *t, int64_t i)
{
    const int64_t y = i / t->across, x = i % t->across;
    const int64_t row = start(t->M, t->down, ROWS, y), col = start(t->N, t->across, COLS, x);
    return (Tile){row, col, start(t->M, t->down, ROWS, y + 1) - row,
                  start(t->N, t->across, COLS, x + 1) - col};
}
