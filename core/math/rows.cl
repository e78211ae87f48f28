/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

KERNEL fill_rows(int64_t M, int64_t N, IN(Real) b, OUT(Real) y)
{
    ROWS(m, M, IF_LARGE(M * N)) row_copy(N, b, y + m * N);
}

KERNEL copy_numbers(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, IF_LARGE(n)) y[i] = x[i];
}

KERNEL add_numbers(int64_t n, IN(Real) x, OUT(Real) y)
{
    EACH(i, n, IF_LARGE(n)) y[i] += x[i];
}

KERNEL mark_active_rows(int64_t M, int64_t N, IN(Real) x, OUT(int64_t) active)
{
    ROWS(m, M, IF_LARGE(M * N)) {
        const int any = row_active(N, x + m * N TEAM_ARG);
        if (LANE == 0) active[m] = any;
    }
}

KERNEL gather_rows(int64_t n, int64_t N, IN(int64_t) index, IN(Real) x, OUT(Real) y)
{
    ROWS(i, n, IF_LARGE(n * N)) row_copy(N, x + index[i] * N, y + i * N);
}

KERNEL gather_half_rows(int64_t n, int64_t N, IN(int64_t) index, IN(uint16_t) x,
                        OUT(uint16_t) y)
{
    ROWS(i, n, IF_LARGE(n * N)) {
        SHARE(c, N) y[i * N + c] = x[index[i] * N + c];
    }
}

KERNEL scatter_add_rows(int64_t n, int64_t N, IN(int64_t) index, IN(Real) x, OUT(Real) y)
{
    ROWS(i, n, IF_LARGE(n * N)) row_add(N, x + i * N, y + index[i] * N);
}
