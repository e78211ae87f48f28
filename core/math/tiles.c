/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries split a product by the number of threads, and with some another split rounds sums
 * differently: hence tiles of our own. They are about square, since the library copies the
 * factors of each. */
#include "core/math/tiles.h"

#include <stdbool.h>

enum {
    TILE = 512,    /* rows and columns of the largest tile of a shape */
    TILE_MIN = 64, /* smaller tiles take longer to copy than to multiply */
    TILES_WANTED = 8,
    TILES_WANTED_LARGE = 16,
    PER_THREAD = 4,  /* tiles: one of the threads may be late */
    SHARED_MIN = 32, /* rows and columns, where there are many threads */
    UNIT = 16,       /* tiles begin at multiples of it: kernels compute as many rows at once */
};
static const int64_t LARGE = 1LL << 31; /* multiplications */

static int64_t pieces(int64_t n, int64_t size) { return (n + size - 1) / size; }

Tiles tiles_of(int64_t M, int64_t N, int64_t K, int64_t min)
{
    Tiles t = {M, N, 1, 1};
    if (M * N * K < min) return t;
    const int64_t wanted = M * N * K < LARGE ? TILES_WANTED : TILES_WANTED_LARGE;
    int64_t rows = TILE, cols = TILE;
    for (;;) {
        t.down = pieces(M, rows), t.across = pieces(N, cols);
        int64_t *larger = rows >= cols ? &rows : &cols;
        if (t.down * t.across >= wanted || *larger <= TILE_MIN) return t;
        *larger /= 2;
    }
}

/* Of all pieces of n rows or columns. */
static int64_t smallest(int64_t n, int64_t parts)
{
    return n >= UNIT * parts ? n / UNIT / parts * UNIT : n / parts;
}

/* Divides the longer side of the tiles once more, unless they would become too small. */
static bool divide(Tiles *t, int64_t K)
{
    const bool rows = t->M / t->down >= t->N / t->across;
    const int64_t down = t->down + rows, across = t->across + !rows;
    const int64_t height = smallest(t->M, down), width = smallest(t->N, across);
    if ((rows ? height : width) < SHARED_MIN || height * width * K < TILE_WORK) return false;
    t->down = down, t->across = across;
    return true;
}

Tiles tiles_shared(int64_t M, int64_t N, int64_t K, int threads)
{
    Tiles t = {M, N, 1, 1};
    const int64_t wanted = threads > 1 ? PER_THREAD * (int64_t)threads : 1;
    while (tiles_count(&t) < wanted && divide(&t, K)) {
    }
    return t;
}

int64_t tiles_count(const Tiles *t) { return t->down * t->across; }

/* Where piece i of n rows or columns begins. */
static int64_t start(int64_t n, int64_t parts, int64_t i)
{
    if (i == parts) return n;
    return n >= UNIT * parts ? n / UNIT * i / parts * UNIT : n * i / parts;
}

Tile tiles_at(const Tiles *t, int64_t i)
{
    const int64_t y = i / t->across, x = i % t->across;
    const int64_t row = start(t->M, t->down, y), col = start(t->N, t->across, x);
    return (Tile){row, col, start(t->M, t->down, y + 1) - row,
                  start(t->N, t->across, x + 1) - col};
}
