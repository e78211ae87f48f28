/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/real.h"

KERNEL layer_scale_forward(int64_t rows, int64_t C, IN(Real) x, IN(Real) gamma, OUT(Real) y)
{
    ROWS(i, rows, EVENLY)
        SHARE(c, C) y[i * C + c] = gamma[c] * x[i * C + c];
}

KERNEL layer_scale_backward(int64_t rows, int64_t C, IN(Real) gamma, IN(Real) dy, OUT(Real) dx)
{
    ROWS(i, rows, EVENLY)
        SHARE(c, C) dx[i * C + c] += gamma[c] * dy[i * C + c];
}

/* A team adds up the columns of a block, each lane its own. */
enum { LAYER_SCALE_COLUMNS = PER_LANE(16, 1), LAYER_SCALE_BLOCK = LAYER_SCALE_COLUMNS * LANES };

INLINE void layer_scale_columns(int64_t rows, int64_t C, int64_t n, IN(Real) x, IN(Real) dy,
                                OUT(Real) dgamma)
{
    double sum[LAYER_SCALE_COLUMNS] = {0};
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = LANE; k < n; k += LANES)
            sum[k / LANES] += (double)dy[i * C + k] * (double)x[i * C + k];
    for (int64_t k = LANE; k < n; k += LANES) dgamma[k] += (Real)sum[k / LANES];
}

KERNEL layer_scale_gamma(int64_t rows, int64_t C, IN(Real) x, IN(Real) dy, OUT(Real) dgamma)
{
    ROWS(block, (C + LAYER_SCALE_BLOCK - 1) / LAYER_SCALE_BLOCK, EVENLY) {
        const int64_t c = block * LAYER_SCALE_BLOCK;
        layer_scale_columns(rows, C, C - c < LAYER_SCALE_BLOCK ? C - c : LAYER_SCALE_BLOCK,
                            x + c, dy + c, dgamma + c);
    }
}
