/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles that do not depend on the number of threads. Libraries split a product by that number,
 * and another split rounds sums differently. */
#include "core/math/tiles.h"

enum {
    TILE = 512,    /* rows and columns: the library copies the factors of a tile */
    TILE_MIN = 64, /* smaller tiles take longer to copy than to multiply */
    TILES_WANTED = 8,
    TILES_WANTED_LARGE = 16,
};
static const int64_t LARGE = 1LL << 31; /* multiplications */

static int64_t pieces(int64_t n, int64_t size) { return (n + size - 1) / size; }

Tiles tiles_of(int64_t M, int64_t N, int64_t K, int64_t min)
{
    if (M * N * K < min) return (Tiles){M, N, M, N, 1, 1};
    const int64_t wanted = M * N * K < LARGE ? TILES_WANTED : TILES_WANTED_LARGE;
    Tiles t = {.M = M, .N = N, .rows = TILE, .cols = TILE};
    for (;;) {
        t.down = pieces(M, t.rows), t.across = pieces(N, t.cols);
        int64_t *larger = t.rows >= t.cols ? &t.rows : &t.cols;
        if (t.down * t.across >= wanted || *larger <= TILE_MIN) break;
        *larger /= 2;
    }
    t.rows = pieces(M, t.down), t.cols = pieces(N, t.across);
    return t;
}

int64_t tiles_count(const Tiles *t) { return t->down * t->across; }

static int64_t length(int64_t whole, int64_t start, int64_t max)
{
    return whole - start < max ? whole - start : max;
}

Tile tiles_at(const Tiles *t, int64_t i)
{
    const int64_t row = i / t->across * t->rows, col = i % t->across * t->cols;
    return (Tile){row, col, length(t->M, row, t->rows), length(t->N, col, t->cols)};
}
