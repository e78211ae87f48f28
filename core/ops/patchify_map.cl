/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* The token of the maps, both counted over the batch, at row i and column j of patch n. */
INLINE int64_t patchify_map_source(int64_t grid, int64_t p, int64_t n, int64_t i, int64_t j)
{
    const int64_t side = grid / p, b = n / (side * side), at = n % (side * side);
    return (b * grid + at / side * p + i) * grid + at % side * p + j;
}

/* y [rows, C, p, p] of x [rows p p, C] */
KERNEL patchify_map_forward(int64_t rows, int64_t grid, int64_t p, int64_t C, IN(Real) x,
                            OUT(Real) y)
{
    ROWS(n, rows, EVENLY)
        for (int64_t e = 0; e < p * p; e++) {
            const int64_t from = patchify_map_source(grid, p, n, e / p, e % p) * C;
            SHARE(c, C) y[(n * C + c) * p * p + e] = x[from + c];
        }
}

KERNEL patchify_map_backward(int64_t rows, int64_t grid, int64_t p, int64_t C, IN(Real) dy,
                             OUT(Real) dx)
{
    ROWS(n, rows, EVENLY)
        for (int64_t e = 0; e < p * p; e++) {
            const int64_t to = patchify_map_source(grid, p, n, e / p, e % p) * C;
            SHARE(c, C) dx[to + c] += dy[(n * C + c) * p * p + e];
        }
}
