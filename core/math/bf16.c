/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding to bfloat16, back, and packing, on any processor. */
#include "core/math/bf16.h"

#include "core/math/pieces.h"
#include "core/math/small_halves.h"
#include "core/math/transpose.h"

enum { FEW = 1 << 14 }; /* numbers that are not worth waking threads */

void bf16_round(int64_t n, const Real *x, uint16_t *y)
{
#pragma omp parallel for schedule(static) if (n > FEW)
    for (int64_t i = 0; i < n; i += FEW) halves_round(least_of(FEW, n - i), x + i, y + i);
}

void bf16_expand(int64_t n, const uint16_t *restrict x, Real *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = (Real)bf16_number(x[i]);
}

/* ---- packing ---- */

enum { PANEL = HALF_PANEL, DEPTH = 32, PAIRS = DEPTH / 2 };

int64_t bf16_packed_len(int64_t K, int64_t N)
{
    return pieces_round(K, DEPTH) * pieces_round(N, PANEL);
}

typedef struct Source {
    int64_t K, N;
    Matrix b;
} Source;

/* A block whose rows are contiguous in memory. */
static void pack_rows(const Source *s, int64_t k, int64_t n, uint16_t *restrict packed)
{
    const int64_t rows = least_of(DEPTH, s->K - k), cols = least_of(PANEL, s->N - n);
    uint16_t row[DEPTH][PANEL] = {0};
    for (int64_t r = 0; r < rows; r++) {
        const Real *restrict x = s->b.data + (k + r) * s->b.ld + n;
        for (int64_t c = 0; c < cols; c++) row[r][c] = bf16_of((float)x[c]);
    }
    for (int64_t p = 0; p < PAIRS; p++) {
        const uint16_t *restrict even = row[2 * p], *restrict odd = row[2 * p + 1];
        uint16_t *restrict out = packed + p * 2 * PANEL;
        for (int64_t c = 0; c < PANEL; c++) out[2 * c] = even[c], out[2 * c + 1] = odd[c];
    }
}

/* The same where columns are: their pairs of numbers move together. */
static void pack_columns(const Source *s, int64_t k, int64_t n, uint16_t *restrict packed)
{
    const int64_t rows = least_of(DEPTH, s->K - k), cols = least_of(PANEL, s->N - n);
    uint16_t column[PANEL][DEPTH] = {0};
    for (int64_t c = 0; c < cols; c++) {
        const Real *restrict x = s->b.data + (n + c) * s->b.ld + k;
        for (int64_t r = 0; r < rows; r++) column[c][r] = bf16_of((float)x[r]);
    }
    transpose_matrix(PANEL, PAIRS, column, sizeof column[0], packed,
                     2 * PANEL * sizeof *packed);
}

void bf16_pack(int64_t K, int64_t N, Matrix b, uint16_t *packed)
{
    const Source s = {K, N, b};
    const int64_t blocks = pieces_of(K, DEPTH), all = blocks * pieces_of(N, PANEL);
#pragma omp parallel for schedule(static) if (K * N > FEW)
    for (int64_t i = 0; i < all; i++) {
        const int64_t k = i % blocks * DEPTH, n = i / blocks * PANEL;
        (b.transposed ? pack_columns : pack_rows)(&s, k, n, packed + i * DEPTH * PANEL);
    }
}

int64_t bf16_weights_len(int64_t N, int64_t K, bool back)
{
    return back ? bf16_packed_len(N, K) : bf16_packed_len(K, N);
}

void bf16_pack_weights(int64_t N, int64_t K, const Real *w, bool back, uint16_t *packed)
{
    if (back)
        bf16_pack(N, K, (Matrix){w, K, false}, packed);
    else
        bf16_pack(K, N, (Matrix){w, K, true}, packed);
}
