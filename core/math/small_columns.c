/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of c stay in registers until the whole product of their rows and columns is there. */
#include "core/math/pieces.h"
#include "core/math/prefetch.h"
#include "core/math/small_kernels.h"

#ifdef __AVX512F__
enum { ROWS = 8 };
#else
enum { ROWS = 4 };
#endif

typedef Lanes Sums[ROWS][VECTORS];

/* Adds row k of b, which `row` holds. */
LANES_INLINE void add_row(const SmallProduct *p, int64_t k, const Lanes row[VECTORS], Sums sum,
                          const int rows, const int vectors)
{
    FUSE for (int r = 0; r < rows; r++)
    {
        const Real a = p->a.data[r * p->a.row + k * p->a.col];
        for (int v = 0; v < vectors; v++) sum[r][v] = a * row[v] + sum[r][v];
    }
}

/* `rows` and `vectors` are constants wherever this is called. */
LANES_INLINE void whole_vectors(const SmallProduct *p, const int rows, const int vectors)
{
    FUSE Sums sum;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            PREFETCH(p->c + r * p->ldc + v * LANE_COUNT, 1, 3);
            sum[r][v] = (Lanes){0};
        }
    for (int64_t k = 0; k < p->K; k++) {
        Lanes row[VECTORS];
        for (int v = 0; v < vectors; v++)
            row[v] = lanes_load(p->b.data + k * p->b.row + v * LANE_COUNT);
        add_row(p, k, row, sum, rows, vectors);
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            const int64_t at = r * p->ldc + v * LANE_COUNT;
            const Lanes start = p->start ? lanes_load(p->start + at) : (Lanes){0};
            lanes_store(p->alpha * sum[r][v] + start, p->c + at);
        }
}

/* Rows of b, of less than a vector, behind which b goes on for the rest of a vector. */
static inline int64_t readable_rows(const SmallProduct *p)
{
    const int64_t beyond = p->b.row ? pieces_of(LANE_COUNT - p->N, p->b.row) : p->K;
    return p->K > beyond ? p->K - beyond : 0;
}

/* The last columns, less than a vector. */
LANES_INLINE void part_of_vector(const SmallProduct *p, const int rows)
{
    FUSE Sums sum;
    Lanes row[VECTORS];
    const int64_t readable = readable_rows(p);
    int64_t k = 0;
    for (int r = 0; r < rows; r++) sum[r][0] = (Lanes){0};
    for (; k < readable; k++) {
        row[0] = lanes_load(p->b.data + k * p->b.row);
        add_row(p, k, row, sum, rows, 1);
    }
    for (; k < p->K; k++) {
        row[0] = lanes_load_some(p->b.data + k * p->b.row, p->N);
        add_row(p, k, row, sum, rows, 1);
    }
    for (int r = 0; r < rows; r++) {
        const Lanes start =
            p->start ? lanes_load_some(p->start + r * p->ldc, p->N) : (Lanes){0};
        lanes_store_some(p->alpha * sum[r][0] + start, p->c + r * p->ldc, p->N);
    }
}

/* Vectors of columns to compute at once: not as many as possible and a single one, which has
 * too few sums to wait for none, but two and two. */
static int64_t vectors_of(int64_t columns)
{
    const int64_t all = columns / LANE_COUNT, most = all == VECTORS + 1 ? 2 : VECTORS;
    return all < most ? all : most;
}

/* The first columns of the first rows. */
LANES_INLINE void some_rows(const SmallProduct *p, const int rows)
{
    const int64_t vectors = vectors_of(p->N);
    if (vectors == 3 && VECTORS == 3)
        whole_vectors(p, rows, VECTORS);
    else if (vectors == 2)
        whole_vectors(p, rows, 2);
    else if (vectors == 1)
        whole_vectors(p, rows, 1);
    else
        part_of_vector(p, rows);
}

/* Of as many columns as some_rows computes. */
static int64_t width(int64_t columns)
{
    const int64_t vectors = vectors_of(columns);
    return vectors ? vectors * LANE_COUNT : columns;
}

/* Returns how many rows it computed. */
LANES_INLINE int64_t first_rows(const SmallProduct *p)
{
    const int rows = p->M >= ROWS ? ROWS : p->M >= 4 ? 4 : p->M >= 2 ? 2 : 1;
    if (rows == ROWS)
        some_rows(p, ROWS);
    else if (rows == 4)
        some_rows(p, 4);
    else if (rows == 2)
        some_rows(p, 2);
    else
        some_rows(p, 1);
    return rows;
}

void small_columns(const SmallProduct *p)
{
    for (int64_t n = 0; n < p->N; n += width(p->N - n))
        for (int64_t m = 0; m < p->M;) {
            const SmallProduct rest = small_from(p, m, n);
            m += first_rows(&rest);
        }
}
