/* SPDX-License-Identifier: Apache-2.0 */
/* Short rows are transposed, so that each lane of a vector has a row of its own: what lanes
 * would have to tell each other for a maximum or a sum takes longer than a short row does. */
#include "core/math/softmax.h"

#include "core/math/fastmath.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"
#include "core/math/transpose.h"

#include <stdbool.h>

enum {
    SHORT = 32, /* a vector or more */
    LONG_ROWS = 8
};

/* exp(x - top), lane by lane; `half`, a constant: for results that are rounded to bfloat16. */
LANES_INLINE Lanes exponentials(Lanes x, Lanes top, const bool half)
{
    Real y[LANE_COUNT];
    lanes_store(x - top, y);
#pragma omp simd
    for (int i = 0; i < LANE_COUNT; i++) y[i] = half ? fast_exp_half(y[i]) : fast_exp(y[i]);
    return lanes_load(y);
}

/* x [n, LANE_COUNT]: number k of all rows side by side. */
static void softmax_columns(int64_t n, Real *x)
{
    const int64_t len = n * LANE_COUNT;
    Lanes top = lanes_load(x), sum = {0};
    for (int64_t i = LANE_COUNT; i < len; i += LANE_COUNT)
        top = lanes_max(lanes_load(x + i), top);
    for (int64_t i = 0; i < len; i += LANE_COUNT) {
        const Lanes y = exponentials(lanes_load(x + i), top, false);
        lanes_store(y, x + i);
        sum += y;
    }
    const Lanes scale = 1 / sum;
    for (int64_t i = 0; i < len; i += LANE_COUNT) lanes_store(lanes_load(x + i) * scale, x + i);
}

static Real greatest(int64_t n, const Real *x)
{
    Lanes most = lanes_load(x + n - LANE_COUNT);
    for (int64_t i = 0; i + LANE_COUNT <= n; i += LANE_COUNT)
        most = lanes_max(lanes_load(x + i), most);
    return lanes_greatest(most);
}

/* x becomes exp(x - top); returns the sum. */
LANES_INLINE Real weigh(int64_t n, Real top, Real *x, const bool half)
{
    const int64_t left = n % LANE_COUNT, whole = n - left;
    const Lanes most = (Lanes){0} + top;
    Lanes sum = {0};
    for (int64_t i = 0; i < whole; i += LANE_COUNT) {
        const Lanes y = exponentials(lanes_load(x + i), most, half);
        lanes_store(y, x + i);
        sum += y;
    }
    if (left) {
        const Lanes y = exponentials(lanes_load_some(x + whole, left), most, half);
        lanes_store_some(y, x + whole, left);
        sum += lanes_load_some(x + whole, left);
    }
    return lanes_sum(sum);
}

/* Rows of n > SHORT numbers, step by step, so that no row waits for its own maximum or sum. */
static void softmax_long(int64_t M, int64_t n, int64_t ld, Real *x)
{
    Real of[LONG_ROWS];
    for (int64_t m = 0; m < M; m++) of[m] = greatest(n, x + m * ld);
    for (int64_t m = 0; m < M; m++) of[m] = 1 / weigh(n, of[m], x + m * ld, false);
    for (int64_t m = 0; m < M; m++)
        for (int64_t i = 0; i < n; i++) x[m * ld + i] *= of[m];
}

void softmax_rows(int64_t M, int64_t n, int64_t ld, Real *x)
{
    Real columns[SHORT * LANE_COUNT];
    for (int64_t m = 0; n > SHORT && m < M; m += LONG_ROWS)
        softmax_long(least_of(M - m, LONG_ROWS), n, ld, x + m * ld);
    for (int64_t m = 0; n <= SHORT && m < M; m += LANE_COUNT) {
        const int64_t rows = least_of(M - m, LANE_COUNT);
        if (rows < LANE_COUNT) memset(columns, 0, (size_t)(n * LANE_COUNT) * sizeof *columns);
        transpose_numbers(rows, n, x + m * ld, ld, columns, LANE_COUNT);
        softmax_columns(n, columns);
        transpose_numbers(n, rows, columns, LANE_COUNT, x + m * ld, ld);
    }
}

void softmax_rows_half(int64_t M, int64_t n, int64_t ld, Real *x, Real *scale)
{
    for (int64_t m = 0; m < M; m++) scale[m] = n < LANE_COUNT ? 1 : greatest(n, x + m * ld);
    if (n < LANE_COUNT)
        softmax_rows(M, n, ld, x);
    else
        for (int64_t m = 0; m < M; m++) scale[m] = 1 / weigh(n, scale[m], x + m * ld, true);
}
