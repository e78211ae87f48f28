/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* Where row i of channel c of patch n begins in x [B, C, S, S]; n is counted over the batch. */
INLINE int64_t patchify_source(int64_t C, int64_t S, int64_t p, int64_t n, int64_t c, int64_t i)
{
    const int64_t side = S / p, b = n / (side * side), at = n % (side * side);
    return ((b * C + c) * S + at / side * p + i) * S + at % side * p;
}

/* y [rows, C, p, p] */
KERNEL patchify_forward(int64_t rows, int64_t C, int64_t S, int64_t p, IN(Real) x, OUT(Real) y)
{
    ROWS(n, rows, EVENLY)
        for (int64_t c = 0; c < C; c++)
            for (int64_t i = 0; i < p; i++)
                row_copy(p, x + patchify_source(C, S, p, n, c, i),
                         y + ((n * C + c) * p + i) * p);
}

KERNEL patchify_backward(int64_t rows, int64_t C, int64_t S, int64_t p, IN(Real) dy,
                         OUT(Real) dx)
{
    ROWS(n, rows, EVENLY)
        for (int64_t c = 0; c < C; c++)
            for (int64_t i = 0; i < p; i++)
                row_add(p, dy + ((n * C + c) * p + i) * p,
                        dx + patchify_source(C, S, p, n, c, i));
}
