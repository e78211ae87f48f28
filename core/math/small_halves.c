/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of c stay in registers, as in core/math/small_columns.c. */
#include "core/math/small_halves.h"

#include "core/error.h"
#include "core/math/half.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"

#if defined(__AVX512BF16__) && !defined(RAMPLUS_DOUBLE)
#include <immintrin.h>

enum { ROWS = 8, VECTORS = 3 };

bool small_halves_can(void) { return true; }

static inline __m512bh load_words(const uint32_t *x) { return (__m512bh)_mm512_loadu_si512(x); }

static inline __m512bh same_word(uint32_t x) { return (__m512bh)_mm512_set1_epi32((int)x); }

/* `rows` and `vectors` are constants. */
LANES_INLINE void block(const HalfProduct *p, int64_t m, int64_t n, const int rows,
                        const int vectors)
{
    __m512 sum[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
    for (int64_t k = 0; k < p->K; k++) {
        __m512bh b[VECTORS];
        for (int v = 0; v < vectors; v++)
            b[v] = load_words(p->b + k * p->ldb + n + v * LANE_COUNT);
        for (int r = 0; r < rows; r++) {
            const __m512bh a = same_word(p->a[(m + r) * p->lda + k]);
            for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], a, b[v]);
        }
    }
    const __m512 alpha = _mm512_set1_ps(p->alpha);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            const int64_t at = (m + r) * p->ldc + n + v * LANE_COUNT;
            const __m512 start =
                p->start ? _mm512_loadu_ps(p->start + at) : _mm512_setzero_ps();
            _mm512_storeu_ps(p->c + at, _mm512_fmadd_ps(alpha, sum[r][v], start));
        }
}

LANES_INLINE void some_rows(const HalfProduct *p, int64_t m, int64_t n, const int rows)
{
    const int64_t vectors = (p->N - n) / LANE_COUNT;
    if (vectors >= VECTORS)
        block(p, m, n, rows, VECTORS);
    else if (vectors == 2)
        block(p, m, n, rows, 2);
    else
        block(p, m, n, rows, 1);
}

void small_halves(const HalfProduct *p)
{
    for (int64_t n = 0; n < p->N; n += VECTORS * LANE_COUNT) {
        int64_t m = 0;
        for (; m + ROWS <= p->M; m += ROWS) some_rows(p, m, n, ROWS);
        for (; m < p->M; m++) some_rows(p, m, n, 1);
    }
}

void halves_round(int64_t n, const Real *x, uint16_t *y)
{
    enum { TWO = 2 * LANE_COUNT };
    int64_t i = 0;
    for (; i + TWO <= n; i += TWO) {
        const __m512 low = _mm512_loadu_ps(x + i), high = _mm512_loadu_ps(x + i + LANE_COUNT);
        _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
    for (; i < n; i += LANE_COUNT) {
        const __mmask16 some = (__mmask16)((1u << least_of(n - i, LANE_COUNT)) - 1);
        const __m256bh half = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, x + i));
        _mm256_mask_storeu_epi16(y + i, some, (__m256i)half);
    }
}

#else

bool small_halves_can(void) { return false; }

void small_halves(const HalfProduct *p)
{
    CHECK(small_halves_can(), "%ld x %ld: no bfloat16 instructions", p->M, p->N);
}

void halves_round(int64_t n, const Real *restrict x, uint16_t *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = bf16_of((float)x[i]);
}

#endif
