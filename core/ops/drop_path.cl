/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/real.h"

KERNEL drop_path_forward(int64_t n, Real scale, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, IF_LARGE(n)) y[i] = scale == 0 ? 0 : scale * x[i];
}

KERNEL drop_path_backward(int64_t n, Real scale, IN(Real) dy, OUT(Real) dx)
{
    EACH(i, n, EVENLY) dx[i] += scale * dy[i];
}
