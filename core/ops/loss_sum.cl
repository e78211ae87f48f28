/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/real.h"

KERNEL loss_backward(int64_t n, Real dy, IN(Real) slope, OUT(Real) dx)
{
    EACH(i, n, EVENLY) dx[i] += slope[i] * dy;
}
