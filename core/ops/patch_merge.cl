/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* Index in the large maps of part k (0..3) of merged token i; both counted over the batch. */
INLINE int64_t patch_merge_source(int64_t grid, int64_t i, int64_t k)
{
    const int64_t side = grid / 2, image = i / (side * side), n = i % (side * side);
    const int64_t row = 2 * (n / side) + k % 2, col = 2 * (n % side) + k / 2;
    return (image * grid + row) * grid + col;
}

/* y [rows, 4, C] of x [4 rows, C] */
KERNEL patch_merge_forward(int64_t rows, int64_t grid, int64_t C, IN(Real) x, OUT(Real) y)
{
    ROWS(i, rows, EVENLY)
        for (int64_t k = 0; k < 4; k++)
            row_copy(C, x + patch_merge_source(grid, i, k) * C, y + (4 * i + k) * C);
}

KERNEL patch_merge_backward(int64_t rows, int64_t grid, int64_t C, IN(Real) dy, int is_new,
                            OUT(Real) dx)
{
    ROWS(i, rows, EVENLY)
        for (int64_t k = 0; k < 4; k++) {
            const int64_t at = patch_merge_source(grid, i, k) * C;
            if (is_new) row_zero(C, dx + at);
            row_add(C, dy + (4 * i + k) * C, dx + at);
        }
}
