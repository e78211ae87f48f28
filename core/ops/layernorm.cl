/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* y, and the row's mean and 1 / std. */
INLINE void layernorm_row(int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) beta, double eps,
                          OUT(Real) y, OUT(Real) mean, OUT(Real) rstd TEAM_PARAM)
{
    Sum sum = 0, square = 0;
    SHARE_SUM(c, C, sum) sum += (Sum)x[c];
    const Real m = (Real)(team_sum(sum) / (Sum)C);
    SHARE_SUM(c, C, square) square += (Sum)((x[c] - m) * (x[c] - m));
    const Real r = (Real)(1 / sqrt(team_sum(square) / (Sum)C + (Sum)eps));
    SHARE(c, C) y[c] = real_fma((x[c] - m) * r, gamma[c], beta[c]);
    if (LANE == 0) *mean = m, *rstd = r;
}

KERNEL layernorm_forward(int64_t rows, int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) beta,
                         double eps, OUT(Real) y, OUT(Real) mean, OUT(Real) rstd)
{
    ROWS(i, rows, EVENLY)
        layernorm_row(C, x + i * C, gamma, beta, eps, y + i * C, mean + i, rstd + i TEAM_ARG);
}

INLINE void layernorm_backward_row(int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) dy, Real m,
                                   Real r, OUT(Real) dx TEAM_PARAM)
{
    Sum sum = 0, dot = 0;
    SHARE_SUM(c, C, sum, dot) {
        const Real g = gamma[c] * dy[c];
        sum += (Sum)g;
        dot += (Sum)(g * ((x[c] - m) * r));
    }
    const Real a = (Real)(team_sum(sum) / (Sum)C), b = (Real)(team_sum(dot) / (Sum)C);
    SHARE(c, C) dx[c] += r * (gamma[c] * dy[c] - a - (x[c] - m) * r * b);
}

KERNEL layernorm_backward(int64_t rows, int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) dy,
                          IN(Real) mean, IN(Real) rstd, int is_new, OUT(Real) dx)
{
    ROWS(i, rows, EVENLY) {
        if (is_new) row_zero(C, dx + i * C);
        layernorm_backward_row(C, x + i * C, gamma, dy + i * C, mean[i], rstd[i],
                               dx + i * C TEAM_ARG);
    }
}

/* A team adds up the columns of a block, each lane its own. */
enum { LAYERNORM_COLUMNS = PER_LANE(16, 1), LAYERNORM_BLOCK = LAYERNORM_COLUMNS * LANES };

/* dgamma and dbeta (either may be NULL) of the n columns from c on. */
INLINE void layernorm_columns(int64_t rows, int64_t C, int64_t c, int64_t n, IN(Real) x,
                              IN(Real) dy, IN(Real) mean, IN(Real) rstd, OUT(Real) dgamma,
                              OUT(Real) dbeta)
{
    double scale[LAYERNORM_COLUMNS] = {0}, shift[LAYERNORM_COLUMNS] = {0};
    for (int64_t i = 0; i < rows; i++) {
        const Real m = mean[i], r = rstd[i];
        for (int64_t k = LANE; k < n; k += LANES) {
            const Real d = dy[i * C + c + k];
            scale[k / LANES] += (double)(d * ((x[i * C + c + k] - m) * r));
            shift[k / LANES] += (double)d;
        }
    }
    for (int64_t k = LANE; k < n; k += LANES) {
        if (dgamma) dgamma[c + k] += (Real)scale[k / LANES];
        if (dbeta) dbeta[c + k] += (Real)shift[k / LANES];
    }
}

KERNEL layernorm_affine(int64_t rows, int64_t C, IN(Real) x, IN(Real) dy, IN(Real) mean,
                        IN(Real) rstd, OUT(Real) dgamma, OUT(Real) dbeta)
{
    ROWS(block, (C + LAYERNORM_BLOCK - 1) / LAYERNORM_BLOCK, EVENLY) {
        const int64_t c = block * LAYERNORM_BLOCK;
        if (c + LAYERNORM_BLOCK <= C) /* constant width: vectorized */
            layernorm_columns(rows, C, c, LAYERNORM_BLOCK, x, dy, mean, rstd, dgamma, dbeta);
        else
            layernorm_columns(rows, C, c, C - c, x, dy, mean, rstd, dgamma, dbeta);
    }
}
