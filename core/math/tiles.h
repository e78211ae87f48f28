/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a matrix product into tiles that threads share. */
#ifndef RAMPLUS_CORE_MATH_TILES_H
#define RAMPLUS_CORE_MATH_TILES_H

#include <stdint.h>

typedef struct Tiles {
    int64_t M, N;
    int64_t down, across;
} Tiles;

/* Rows row .. row + rows - 1 and columns col .. col + cols - 1 of the result. */
typedef struct Tile {
    int64_t row, col, rows, cols;
} Tile;

/* The tiles of c [M, N] = a [M, K] b [K, N]: of the shape alone, so that the same numbers are
 * added in the same order for any number of threads. A product of fewer than `min`
 * multiplications is one tile. */
Tiles tiles_of(int64_t M, int64_t N, int64_t K, int64_t min);

/* The fewest rows and columns of a tile, as long as the product has them, and about the most of
 * both. */
typedef struct TileLimits {
    int64_t rows, cols, side;
} TileLimits;

/* A few tiles for each thread, and as few as possible for a single thread: for a library whose
 * results do not depend on the tiles within these limits (core/math/tile_check.h). A tile has
 * TILE_WORK multiplications or more, unless `side` makes it smaller. */
enum { TILE_WORK = 1 << 20 };
Tiles tiles_shared(int64_t M, int64_t N, int64_t K, int threads, TileLimits limits);

int64_t tiles_count(const Tiles *t);
/* Tile i of 0..tiles_count-1. */
Tile tiles_at(const Tiles *t, int64_t i);

#endif
