/* SPDX-License-Identifier: Apache-2.0 */
/* What one team does with one row: functions for kernels (core/dialect.h). */
#ifndef RAMPLUS_CORE_MATH_ROW_H
#define RAMPLUS_CORE_MATH_ROW_H

#include "core/math/fastmath.h"
#include "core/math/half.h"
#ifndef DIALECT_GPU
#include "core/math/small_halves.h"
#include "core/math/softmax.h"
#endif

INLINE void row_zero(int64_t n, OUT(Real) y)
{
    SHARE(i, n) y[i] = 0;
}

INLINE void row_copy(int64_t n, IN(Real) x, OUT(Real) y)
{
    SHARE(i, n) y[i] = x[i];
}

INLINE void row_add(int64_t n, IN(Real) x, OUT(Real) y)
{
    SHARE(i, n) y[i] += x[i];
}

/* y in bfloat16. */
INLINE void row_round(int64_t n, IN(Real) x, OUT(uint16_t) y)
{
#ifdef DIALECT_GPU
    SHARE(i, n) y[i] = bf16_of((float)x[i]);
#else
    halves_round(n, x, y);
#endif
}

/* Whether any number differs from zero; NaN does. */
INLINE int row_active(int64_t n, IN(Real) x TEAM_PARAM)
{
    int found = 0;
    /* In blocks without a branch, which compilers vectorize. */
    for (int64_t i = LANE; i < n && !found;) {
        const int64_t end = i + 64 * LANES < n ? i + 64 * LANES : n;
        for (; i < end; i += LANES) found |= x[i] != 0;
    }
    return team_any(found);
}

#ifdef DIALECT_GPU

/* Softmax in place. */
INLINE void row_softmax(int64_t n, OUT(Real) x TEAM_PARAM)
{
    Real top = x[0];
    SHARE_MAX(i, n, top) top = x[i] > top ? x[i] : top;
    top = (Real)team_max(top);
    Real sum = 0;
    SHARE_SUM(i, n, sum) {
        x[i] = fast_exp(x[i] - top);
        sum += x[i];
    }
    const Real scale = 1 / (Real)team_sum(sum);
    SHARE(i, n) x[i] *= scale;
}

#endif

/* Softmax in place of each of `parts` pieces of n numbers, one behind the other. */
INLINE void row_softmax_parts(int64_t parts, int64_t n, OUT(Real) x TEAM_PARAM)
{
#ifdef DIALECT_GPU
    for (int64_t i = 0; i < parts; i++) row_softmax(n, x + i * n TEAM_ARG);
#else
    softmax_rows(parts, n, n, x);
#endif
}

/* dp = p (dp - sum p dp). */
INLINE void row_softmax_backward(int64_t n, IN(Real) p, OUT(Real) dp TEAM_PARAM)
{
    Real dot = 0;
    SHARE_SUM(i, n, dot) dot += p[i] * dp[i];
    dot = (Real)team_sum(dot);
    SHARE(i, n) dp[i] = p[i] * (dp[i] - dot);
}

#endif
