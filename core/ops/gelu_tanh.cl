/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/fastmath.h"

#define GELU_TANH_SLOPE ((Real)1.5957691216057308) /* 2 sqrt(2 / pi) */
#define GELU_TANH_CUBIC ((Real)0.044715)

/* Where the sigmoid is 0 or 1 in any precision, and its exponential still a number. */
INLINE Real gelu_tanh_inner(Real x) { return x > 9 ? 9 : x < -9 ? -9 : x; }

/* exp(-2 u): the sigmoid is 1 / (1 + e), and 1 minus it e / (1 + e), without cancellation. */
INLINE Real gelu_tanh_exp(Real t)
{
    return fast_exp(-GELU_TANH_SLOPE * (t + GELU_TANH_CUBIC * t * t * t));
}

KERNEL gelu_tanh_forward(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, EVENLY) {
        const Real t = gelu_tanh_inner(x[i]);
        y[i] = (x[i] > t ? x[i] : t) / (1 + gelu_tanh_exp(t)); /* 0 far to the left */
    }
}

KERNEL gelu_tanh_backward(int64_t n, IN(Real) x, IN(Real) dy, OUT(Real) dx)
{
    EACH(i, n, EVENLY) {
        const Real t = gelu_tanh_inner(x[i]), e = gelu_tanh_exp(t), s = 1 / (1 + e);
        const Real steep = GELU_TANH_SLOPE * (1 + 3 * GELU_TANH_CUBIC * t * t);
        dx[i] += dy[i] * s * (1 + t * steep * e * s);
    }
}
