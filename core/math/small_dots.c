/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of sums stay in registers, a vector each, and are added up at the end. */
#include "core/math/prefetch.h"
#include "core/math/small_kernels.h"

enum {
    ROWS = 4,
    COLS = LANE_BYTES == 64 ? 4 : 2, /* as many sums as registers hold beside the factors */
    FOUR = 4,
};

#ifdef RAMPLUS_DOUBLE
static inline void add_up(const Lanes x[FOUR], Real out[FOUR])
{
    for (int i = 0; i < FOUR; i++) out[i] = lanes_sum(x[i]);
}
#else
typedef Real Four __attribute__((vector_size(FOUR * sizeof(Real))));

/* Each half added to the other, until four numbers are left. */
static inline Four narrow(Lanes x)
{
    Four part[LANE_COUNT / FOUR];
    memcpy(part, &x, sizeof part);
    for (int n = LANE_COUNT / FOUR / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++) part[i] += part[n + i];
    return part[0];
}

/* out[i] = lanes_sum(x[i]), all four at once. */
static inline void add_up(const Lanes x[FOUR], Real out[FOUR])
{
    const Four a = narrow(x[0]), b = narrow(x[1]), c = narrow(x[2]), d = narrow(x[3]);
    const Four ab =
        __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four cd =
        __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const Four sum = __builtin_shufflevector(ab, cd, 0, 1, 4, 5) +
                     __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    memcpy(out, &sum, sizeof sum);
}
#endif

/* Number `at` of the rows of a, and of the columns of b. */
static inline const Real *row_of(const SmallProduct *p, int at)
{
    return p->a.data + at * p->a.row;
}
static inline const Real *column_of(const SmallProduct *p, int at)
{
    return p->b.data + at * p->b.col;
}

/* `rows` and `cols` are constants wherever this is called. */
LANES_INLINE void multiply(const SmallProduct *p, const Real *next, const int rows,
                           const int cols)
{
    FUSE Lanes sum[ROWS][FOUR];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < FOUR; c++) sum[r][c] = (Lanes){0};
    int64_t k = 0;
    for (; k + LANE_COUNT <= p->K; k += LANE_COUNT) {
        Lanes y[COLS];
        PREFETCH(next + k, 0, 3);
        for (int c = 0; c < cols; c++) y[c] = lanes_keep(lanes_load(column_of(p, c) + k));
        for (int r = 0; r < rows; r++) {
            const Lanes x = lanes_keep(lanes_load(row_of(p, r) + k));
            for (int c = 0; c < cols; c++) sum[r][c] = x * y[c] + sum[r][c];
        }
    }
    const int64_t left = p->K - k;
    for (int r = 0; r < rows && left; r++)
        for (int c = 0; c < cols; c++)
            sum[r][c] = lanes_load_some(row_of(p, r) + k, left) *
                            lanes_load_some(column_of(p, c) + k, left) +
                        sum[r][c];
    for (int r = 0; r < rows; r++) {
        Real all[FOUR];
        add_up(sum[r], all);
        for (int c = 0; c < cols; c++) {
            const int64_t at = r * p->ldc + c;
            p->c[at] = p->alpha * all[c] + (p->start ? p->start[at] : 0);
        }
    }
}

/* The first columns of the first rows. */
LANES_INLINE void some_rows(const SmallProduct *p, const Real *next, const int rows)
{
    if (p->N >= COLS)
        multiply(p, next, rows, COLS);
    else if (p->N >= 2)
        multiply(p, next, rows, 2);
    else
        multiply(p, next, rows, 1);
}

/* Of as many columns as some_rows computes. */
static int64_t width(int64_t columns) { return columns >= COLS ? COLS : columns >= 2 ? 2 : 1; }

/* Returns how many rows it computed. */
LANES_INLINE int64_t first_rows(const SmallProduct *p, const Real *next)
{
    const int rows = p->M >= ROWS ? ROWS : p->M >= 2 ? 2 : 1;
    if (rows == ROWS)
        some_rows(p, next, ROWS);
    else if (rows == 2)
        some_rows(p, next, 2);
    else
        some_rows(p, next, 1);
    return rows;
}

/* The column of b that the block in row m fetches from memory meanwhile, one of those that come
 * after column n. */
static const Real *column_ahead(const SmallProduct *p, int64_t m, int64_t n)
{
    const int64_t ahead = n + COLS + m / ROWS % COLS;
    return p->b.data + (ahead < p->N ? ahead : n) * p->b.col;
}

void small_dots(const SmallProduct *p)
{
    for (int64_t n = 0; n < p->N; n += width(p->N - n))
        for (int64_t m = 0; m < p->M;) {
            const SmallProduct rest = small_from(p, m, n);
            m += first_rows(&rest, column_ahead(p, m, n));
        }
}
