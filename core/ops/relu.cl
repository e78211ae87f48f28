/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/real.h"

KERNEL relu_forward(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, EVENLY) y[i] = x[i] < 0 ? 0 : x[i];
}

KERNEL relu_backward(int64_t n, IN(Real) x, IN(Real) dy, OUT(Real) dx)
{
    EACH(i, n, EVENLY) dx[i] += x[i] <= 0 ? 0 : dy[i];
}
