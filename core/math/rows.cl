/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"

KERNEL fill_rows(int64_t M, int64_t N, IN(Real) b, OUT(Real) y)
{
    ROWS(m, M, IF_LARGE(M * N)) row_copy(N, b, y + m * N);
}

/* A team adds up the columns of a block, each lane its own. */
enum { ROWS_COLUMNS = PER_LANE(32, 1), ROWS_BLOCK = ROWS_COLUMNS * LANES };

INLINE void add_column_block(int64_t M, int64_t N, int64_t n, IN(Real) x, OUT(Real) out)
{
    double sum[ROWS_COLUMNS] = {0};
    for (int64_t m = 0; m < M; m++)
        for (int64_t i = LANE; i < n; i += LANES) sum[i / LANES] += (double)x[m * N + i];
    for (int64_t i = LANE; i < n; i += LANES) out[i] += (Real)sum[i / LANES];
}

KERNEL add_columns(int64_t M, int64_t N, IN(Real) x, OUT(Real) out)
{
    ROWS(block, (N + ROWS_BLOCK - 1) / ROWS_BLOCK, IF_LARGE(M * N)) {
        const int64_t c = block * ROWS_BLOCK;
        if (c + ROWS_BLOCK <= N)
            add_column_block(M, N, ROWS_BLOCK, x + c, out + c); /* constant width: vectorized */
        else
            add_column_block(M, N, N - c, x + c, out + c);
    }
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

KERNEL scatter_add_rows(int64_t n, int64_t N, IN(int64_t) index, IN(Real) x, OUT(Real) y)
{
    ROWS(i, n, IF_LARGE(n * N)) row_add(N, x + i * N, y + index[i] * N);
}
