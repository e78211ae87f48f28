/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/fastmath.h"

#define QUICK_GELU_SLOPE ((Real)1.702)

/* 1 / sigmoid(1.702 x) */
INLINE Real quick_gelu_divisor(Real x) { return 1 + fast_exp(-QUICK_GELU_SLOPE * x); }

KERNEL quick_gelu_forward(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, EVENLY) y[i] = x[i] / quick_gelu_divisor(x[i]);
}

KERNEL quick_gelu_backward(int64_t n, IN(Real) x, IN(Real) dy, OUT(Real) dx)
{
    EACH(i, n, EVENLY) {
        const Real s = 1 / quick_gelu_divisor(x[i]);
        dx[i] += dy[i] * s * (1 + QUICK_GELU_SLOPE * x[i] * (1 - s));
    }
}
