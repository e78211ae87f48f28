/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/real.h"

KERNEL add_forward(int64_t n, IN(Real) a, IN(Real) b, OUT(Real) y)
{
    EACH(i, n, EVENLY) y[i] = a[i] + b[i];
}
