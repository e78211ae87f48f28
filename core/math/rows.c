/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over rows shared by the ops. */
#include "core/math/rows.h"

#include "core/math/fastmath.h"

#include <stdbool.h>

enum { COLUMNS = 32, SMALL = 1 << 14 };

void rows_fill(int64_t M, int64_t N, const Real *b, Real *y)
{
#pragma omp parallel for schedule(static) if (M * N > SMALL)
    for (int64_t m = 0; m < M; m++) memcpy(y + m * N, b, (size_t)N * sizeof *y);
}

static void add_column_block(int64_t M, int64_t N, int64_t n, const Real *restrict x,
                             Real *restrict out)
{
    double sum[COLUMNS] = {0};
    for (int64_t m = 0; m < M; m++)
        for (int64_t i = 0; i < n; i++) sum[i] += (double)x[m * N + i];
    for (int64_t i = 0; i < n; i++) out[i] += (Real)sum[i];
}

void rows_add_sum(int64_t M, int64_t N, const Real *x, Real *out)
{
#pragma omp parallel for schedule(static) if (M * N > SMALL)
    for (int64_t c = 0; c < N; c += COLUMNS) {
        if (c + COLUMNS <= N)
            add_column_block(M, N, COLUMNS, x + c, out + c); /* constant width: vectorized */
        else
            add_column_block(M, N, N - c, x + c, out + c);
    }
}

void rows_copy(int64_t n, const Real *restrict x, Real *restrict y)
{
#pragma omp parallel for simd schedule(static) if (n > SMALL)
    for (int64_t i = 0; i < n; i++) y[i] = x[i];
}

void rows_add(int64_t n, const Real *restrict x, Real *restrict y)
{
#pragma omp parallel for simd schedule(static) if (n > SMALL)
    for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

static bool is_active(int64_t N, const Real *x)
{
    for (int64_t i = 0; i < N; i++)
        if (x[i] != 0) return true;
    return false;
}

int64_t rows_active(int64_t M, int64_t N, const Real *x, int64_t *index)
{
#pragma omp parallel for schedule(static) if (M * N > SMALL)
    for (int64_t m = 0; m < M; m++) index[m] = is_active(N, x + m * N);
    int64_t n = 0;
    for (int64_t m = 0; m < M; m++)
        if (index[m]) index[n++] = m;
    return n;
}

void rows_gather(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y)
{
#pragma omp parallel for schedule(static) if (n * N > SMALL)
    for (int64_t i = 0; i < n; i++) memcpy(y + i * N, x + index[i] * N, (size_t)N * sizeof *y);
}

void rows_scatter_add(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y)
{
#pragma omp parallel for schedule(static) if (n * N > SMALL)
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < N; c++) y[index[i] * N + c] += x[i * N + c];
}

void rows_softmax(int64_t n, Real *x)
{
    Real top = x[0], sum = 0;
#pragma omp simd reduction(max : top)
    for (int64_t i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        x[i] = fast_exp(x[i] - top);
        sum += x[i];
    }
    const Real scale = 1 / sum;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) x[i] *= scale;
}

void rows_softmax_backward(int64_t n, const Real *restrict p, Real *restrict dp)
{
    Real dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int64_t i = 0; i < n; i++) dot += p[i] * dp[i];
#pragma omp simd
    for (int64_t i = 0; i < n; i++) dp[i] = p[i] * (dp[i] - dot);
}
