/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/half.h"
#include "core/math/row.h"

/* y, or `rounded`, the same in bfloat16, whichever is not NULL; the row's mean and 1 / std. */
INLINE void layernorm_row(int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) beta, double eps,
                          OUT(Real) y, OUT(uint16_t) rounded, OUT(Real) mean,
                          OUT(Real) rstd TEAM_PARAM)
{
    Sum sum = 0, square = 0;
    SHARE_SUM(c, C, sum) sum += (Sum)x[c];
    const Real m = (Real)(team_sum(sum) / (Sum)C);
    SHARE_SUM(c, C, square) square += (Sum)((x[c] - m) * (x[c] - m));
    const Real r = (Real)(1 / sqrt(team_sum(square) / (Sum)C + (Sum)eps));
    if (y)
        SHARE(c, C) y[c] = real_fma((x[c] - m) * r, gamma[c], beta[c]);
    else
        SHARE(c, C) rounded[c] = bf16_of((float)real_fma((x[c] - m) * r, gamma[c], beta[c]));
    if (LANE == 0) *mean = m, *rstd = r;
}

KERNEL layernorm_forward(int64_t rows, int64_t C, IN(Real) x, IN(Real) gamma, IN(Real) beta,
                         double eps, OUT(Real) y, OUT(uint16_t) rounded, OUT(Real) mean,
                         OUT(Real) rstd)
{
    ROWS(i, rows, EVENLY)
        layernorm_row(C, x + i * C, gamma, beta, eps, y ? y + i * C : y,
                      rounded ? rounded + i * C : rounded, mean + i, rstd + i TEAM_ARG);
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

/* The row's part in the sums for dgamma and dbeta; a lane adds up columns of its own. */
INLINE void layernorm_add_row(int64_t C, IN(Real) x, IN(Real) dy, Real m, Real r,
                              OUT(double) scale, OUT(double) shift)
{
    SHARE(c, C) {
        scale[c] += (double)(dy[c] * ((x[c] - m) * r));
        shift[c] += (double)dy[c];
    }
}

/* dx, and the sums [2, C] over slice s of the rows (core/ops/column_sum.h). Either may be NULL.
 * A slice is one turn, so that a row is read once for both. */
INLINE void layernorm_backward_slice(int64_t rows, int64_t C, int64_t slices, int64_t s,
                                     IN(Real) x, IN(Real) gamma, IN(Real) dy, IN(Real) mean,
                                     IN(Real) rstd, int is_new, OUT(Real) dx,
                                     OUT(double) sums TEAM_PARAM)
{
    if (sums)
        SHARE(c, C) sums[c] = sums[C + c] = 0; /* by the lane that adds to them */
    for (int64_t i = rows * s / slices; i < rows * (s + 1) / slices; i++) {
        if (sums) layernorm_add_row(C, x + i * C, dy + i * C, mean[i], rstd[i], sums, sums + C);
        if (!dx) continue;
        if (is_new) row_zero(C, dx + i * C);
        layernorm_backward_row(C, x + i * C, gamma, dy + i * C, mean[i], rstd[i],
                               dx + i * C TEAM_ARG);
    }
}

/* part [slices, 2, C]. */
KERNEL layernorm_backward(int64_t rows, int64_t C, int64_t slices, IN(Real) x, IN(Real) gamma,
                          IN(Real) dy, IN(Real) mean, IN(Real) rstd, int is_new, OUT(Real) dx,
                          OUT(double) part)
{
    ROWS(s, slices, EVENLY)
        layernorm_backward_slice(rows, C, slices, s, x, gamma, dy, mean, rstd, is_new, dx,
                                 part ? part + s * 2 * C : part TEAM_ARG);
}
