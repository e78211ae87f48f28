/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/half.h"
#include "core/math/row.h"

KERNEL gelu_forward(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, EVENLY) {
        Real cdf, pdf;
        fast_normal(x[i], &cdf, &pdf);
        y[i] = x[i] * cdf;
    }
}

INLINE void gelu_backward_row(int64_t N, IN(Real) x, IN(Real) dy, OUT(Real) dx)
{
    SHARE(c, N) {
        Real cdf, pdf;
        fast_normal(x[c], &cdf, &pdf);
        dx[c] += dy[c] * real_fma(x[c], pdf, cdf);
    }
}

/* Skips rows whose gradient is zero (see linear.c). A row of a new gradient is zeroed just
 * before it is added to, while it is in the cache. */
KERNEL gelu_backward(int64_t M, int64_t N, IN(Real) x, IN(Real) dy, int is_new, OUT(Real) dx)
{
    ROWS(m, M, EVENLY) {
        if (is_new) row_zero(N, dx + m * N);
        if (row_active(N, dy + m * N TEAM_ARG))
            gelu_backward_row(N, x + m * N, dy + m * N, dx + m * N);
    }
}

/* dx times the derivatives in `slope`, or in bfloat16 in `rounded`, whichever is not NULL, if
 * the row has a gradient. */
INLINE void gelu_scale_row(int64_t N, IN(Real) slope, IN(uint16_t) rounded,
                           OUT(Real) dx TEAM_PARAM)
{
    if (!row_active(N, dx TEAM_ARG)) return;
    if (slope)
        SHARE(c, N) dx[c] *= slope[c];
    else
        SHARE(c, N) dx[c] *= (Real)bf16_number(rounded[c]);
}

KERNEL gelu_scale(int64_t M, int64_t N, IN(Real) slope, IN(uint16_t) rounded, OUT(Real) dx)
{
    ROWS(m, M, EVENLY)
        gelu_scale_row(N, slope ? slope + m * N : slope, rounded ? rounded + m * N : rounded,
                       dx + m * N TEAM_ARG);
}
