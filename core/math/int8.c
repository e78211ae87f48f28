/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding to integers, and back to numbers; the product between them is oneDNN's. */
#include "core/math/int8.h"

#include "core/error.h"
#include "core/math/onednn.h"
#include "core/math/tiles.h"
#include "core/mem.h"

#include <math.h>
#include <omp.h>
#include <string.h>

Onednn *int8_new(void)
{
    CHECK(!int8_missing(), "%s", int8_missing());
    return onednn_new();
}

/* A sum of 255 * 127 * K_MAX fits 32 bits. */
enum { HIGHEST = 255, WEIGHT_HIGHEST = 127, K_MAX = 1 << 16 };

bool int8_pays(int64_t N, int64_t K) { return N >= 32 && K >= 64 && K <= K_MAX; }

/* ---- weights ---- */

static void round_weights(Int8Weights *w, int64_t n, const Real *row)
{
    Real largest = 0;
    int64_t sum = 0;
    for (int64_t k = 0; k < w->K; k++)
        largest = real_abs(row[k]) > largest ? real_abs(row[k]) : largest;
    const Real scale = largest / WEIGHT_HIGHEST;
    for (int64_t k = 0; k < w->K; k++) {
        const int8_t q = scale > 0 ? (int8_t)lround((double)(row[k] / scale)) : 0;
        w->q[n * w->K + k] = q;
        sum += q;
    }
    w->scale[n] = scale;
    w->sum[n] = (Real)sum;
}

Int8Weights *int8_weights_new(int64_t N, int64_t K, const Real *w)
{
    CHECK(N > 0 && K > 0 && K <= K_MAX, "%ld x %ld", N, K);
    Int8Weights *out = mem_alloc(sizeof *out);
    *out = (Int8Weights){.N = N,
                         .K = K,
                         .q = mem_alloc((size_t)(N * K)),
                         .scale = mem_alloc((size_t)N * sizeof(Real)),
                         .sum = mem_alloc((size_t)N * sizeof(Real))};
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < N; n++) round_weights(out, n, w + n * K);
    return out;
}

void int8_weights_free(Int8Weights *w)
{
    if (!w) return;
    mem_free(w->q);
    mem_free(w->scale);
    mem_free(w->sum);
    mem_free(w);
}

/* ---- rows ---- */

typedef struct Row {
    Real low, step;
} Row;

/* Its range; step is NAN if a number is not finite, and 0 if all are equal. */
static Row range_of(int64_t K, const Real *x)
{
    Real low = x[0], high = x[0];
    int odd = 0;
#pragma omp simd reduction(min : low) reduction(max : high) reduction(+ : odd)
    for (int64_t k = 0; k < K; k++) {
        low = x[k] < low ? x[k] : low;
        high = x[k] > high ? x[k] : high;
        odd += !(x[k] - x[k] == 0);
    }
    return (Row){low, odd ? (Real)NAN : (high - low) / HIGHEST};
}

static Row round_row(int64_t K, const Real *restrict x, uint8_t *restrict q)
{
    const Row row = range_of(K, x);
    const Real factor = 1 / row.step;
    if (!(factor > 0 && isfinite(factor))) { /* no range, or none that fits */
        memset(q, 0, (size_t)K);
        return row;
    }
#pragma omp simd
    for (int64_t k = 0; k < K; k++)
        q[k] = (uint8_t)(int)((x[k] - row.low) * factor + (Real)0.5);
    return row;
}

/* ---- the layer ---- */

size_t int8_scratch_bytes(int64_t M, int64_t K)
{
    return (size_t)M * sizeof(Row) + (size_t)(M * K);
}

/* Sums of integers in y become numbers. */
static void scale_tile(const Int8Weights *w, Tile t, const Row *row, Real *y)
{
    for (int64_t i = t.row; i < t.row + t.rows; i++) {
        Real *restrict out = y + i * w->N;
        const Real step = row[i].step, low = row[i].low;
        for (int64_t n = t.col; n < t.col + t.cols; n++)
            out[n] = w->scale[n] * (step * out[n] + low * w->sum[n]);
    }
}

/* From this number of multiplications on a product is shared. */
static const int64_t SPLIT_MIN = 1 << 22;

void int8_linear(const Onednn *m, const Int8Weights *w, int64_t M, const Real *x, Finish finish,
                 Real *y, void *scratch)
{
    const int64_t N = w->N, K = w->K;
    const Tiles tiles = tiles_of(M, N, K, SPLIT_MIN);
    Row *row = scratch;
    uint8_t *q = (uint8_t *)(row + M);
#pragma omp parallel if (tiles_count(&tiles) > 1)
    {
        omp_set_num_threads(1); /* in this region only: oneDNN also splits by threads */
#pragma omp for schedule(static)
        for (int64_t i = 0; i < M; i++) row[i] = round_row(K, x + i * K, q + i * K);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles_count(&tiles); i++) {
            const Tile t = tiles_at(&tiles, i);
            onednn_product(m, t.rows, t.cols, K,
                           (OnednnMatrix){q + t.row * K, ONEDNN_UNSIGNED, K, false},
                           (OnednnMatrix){w->q + t.col * K, ONEDNN_SIGNED, K, true}, NULL,
                           false, y + t.row * N + t.col, N);
            scale_tile(w, t, row, y);
            finish_tile(&finish, t, N, y + t.row * N + t.col, N);
        }
    }
}
