/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over rows shared by the ops. */
#include "core/math/rows.h"

#include "core/math/rows.cl"
#include "core/math/threads.h"

#include <stdbool.h>

/* In a region that is already divided among threads, another would only cost time. */
static bool alone(void) { return threads_here() == 1; }

void rows_fill(int64_t M, int64_t N, const Real *b, Real *y)
{
    if (alone())
        for (int64_t m = 0; m < M; m++) row_copy(N, b, y + m * N);
    else
        LAUNCH(fill_rows, M, N, b, y);
}

void rows_copy(int64_t n, const Real *x, Real *y)
{
    if (alone())
        row_copy(n, x, y);
    else
        LAUNCH(copy_numbers, n, x, y);
}

void rows_add(int64_t n, const Real *x, Real *y)
{
    if (alone())
        row_add(n, x, y);
    else
        LAUNCH(add_numbers, n, x, y);
}

int64_t rows_active(int64_t M, int64_t N, const Real *x, int64_t *index)
{
    if (alone())
        for (int64_t m = 0; m < M; m++) index[m] = row_active(N, x + m * N);
    else
        LAUNCH(mark_active_rows, M, N, x, index);
    int64_t n = 0;
    for (int64_t m = 0; m < M; m++)
        if (index[m]) index[n++] = m;
    return n;
}

void rows_gather(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y)
{
    LAUNCH(gather_rows, n, N, index, x, y);
}

void rows_gather_halves(int64_t n, int64_t N, const int64_t *index, const uint16_t *x,
                        uint16_t *y)
{
    LAUNCH(gather_half_rows, n, N, index, x, y);
}

void rows_scatter_add(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y)
{
    LAUNCH(scatter_add_rows, n, N, index, x, y);
}

void rows_softmax_backward(int64_t n, const Real *p, Real *dp)
{
    row_softmax_backward(n, p, dp);
}
