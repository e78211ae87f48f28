/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* part [slices, N]: sums over the slices of x [M, N]. A lane adds up columns of its own. */
KERNEL sum_slices(int64_t M, int64_t N, int64_t slices, IN(Real) x, OUT(double) part)
{
    ROWS(s, slices, IF_LARGE(M * N)) {
        SHARE(c, N) part[s * N + c] = 0;
        for (int64_t m = M * s / slices; m < M * (s + 1) / slices; m++)
            SHARE(c, N) part[s * N + c] += (double)x[m * N + c];
    }
}

KERNEL add_parts(int64_t slices, int64_t stride, int64_t n, IN(double) part, OUT(Real) out)
{
    EACH(c, n, IF_LARGE(slices * n)) {
        double sum = 0;
        for (int64_t s = 0; s < slices; s++) sum += part[s * stride + c];
        out[c] += (Real)sum;
    }
}
