/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

/* part [N]: the sums over slice s of x [M, N]. A lane adds up columns of its own. */
INLINE void sum_slice(int64_t M, int64_t N, int64_t slices, int64_t s, IN(Real) x,
                      OUT(double) part)
{
    SHARE(c, N) part[c] = 0;
    for (int64_t m = M * s / slices; m < M * (s + 1) / slices; m++)
        SHARE(c, N) part[c] += (double)x[m * N + c];
}

/* part [slices, N]. */
KERNEL sum_slices(int64_t M, int64_t N, int64_t slices, IN(Real) x, OUT(double) part)
{
    ROWS(s, slices, IF_LARGE(M * N)) sum_slice(M, N, slices, s, x, part + s * N);
}

INLINE Real part_sum(int64_t slices, int64_t stride, IN(double) part)
{
    double sum = 0;
    for (int64_t s = 0; s < slices; s++) sum += part[s * stride];
    return (Real)sum;
}

KERNEL add_parts(int64_t slices, int64_t stride, int64_t n, IN(double) part, OUT(Real) out)
{
    EACH(c, n, IF_LARGE(slices * n)) out[c] += part_sum(slices, stride, part + c);
}
