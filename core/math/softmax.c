/* SPDX-License-Identifier: Apache-2.0 */
/* Short rows are transposed, so that each lane of a vector has a row of its own: what lanes
 * would have to tell each other for a maximum or a sum takes longer than a short row does. */
#include "core/math/softmax.h"

#include "core/math/fastmath.h"
#include "core/math/lanes.h"
#include "core/math/rows.h"
#include "core/math/transpose.h"

enum { SHORT = 32 };

/* Number k of all rows side by side. */
typedef Real Columns[SHORT][LANE_COUNT];

static void softmax_columns(int64_t n, Columns x)
{
    Lanes top = lanes_load(x[0]);
    for (int64_t k = 1; k < n; k++) top = lanes_max(lanes_load(x[k]), top);
    Real most[LANE_COUNT];
    lanes_store(top, most);
    Lanes sum = {0};
    for (int64_t k = 0; k < n; k++) {
#pragma omp simd
        for (int r = 0; r < LANE_COUNT; r++) x[k][r] = fast_exp(x[k][r] - most[r]);
        sum += lanes_load(x[k]);
    }
    const Lanes scale = 1 / sum;
    for (int64_t k = 0; k < n; k++) lanes_store(lanes_load(x[k]) * scale, x[k]);
}

void softmax_rows(int64_t M, int64_t n, int64_t ld, Real *x)
{
    Columns columns;
    for (int64_t m = 0; n > SHORT && m < M; m++) rows_softmax(n, x + m * ld);
    for (int64_t m = 0; n <= SHORT && m < M; m += LANE_COUNT) {
        const int64_t rows = M - m < LANE_COUNT ? M - m : LANE_COUNT;
        if (rows < LANE_COUNT) memset(columns, 0, (size_t)n * sizeof columns[0]);
        transpose_numbers(rows, n, x + m * ld, ld, columns[0], LANE_COUNT);
        softmax_columns(n, columns);
        transpose_numbers(n, rows, columns[0], LANE_COUNT, x + m * ld, ld);
    }
}
