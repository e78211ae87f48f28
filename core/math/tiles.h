/* SPDX-License-Identifier: Apache-2.0 */
/* How a matrix product is cut into tiles that threads share: by the shape alone, so that the same sums
 * are added in the same order for any number of threads. */
#ifndef RAMPLUS_CORE_MATH_TILES_H
#define RAMPLUS_CORE_MATH_TILES_H

#include <stdint.h>

typedef struct Tiles {
    int64_t M, N;
    int64_t rows, cols; /* of one tile, at most */
    int64_t down, across;
} Tiles;

/* Rows row .. row + rows - 1 and columns col .. col + cols - 1 of the result. */
typedef struct Tile {
    int64_t row, col, rows, cols;
} Tile;

/* Tiles of c [M, N] = a [M, K] b [K, N]; a product of fewer than `least` multiplications is one tile. */
Tiles tiles_of(int64_t M, int64_t N, int64_t K, int64_t least);
int64_t tiles_count(const Tiles *t);
/* Tile i of tiles_count. */
Tile tiles_at(const Tiles *t, int64_t i);

#endif
