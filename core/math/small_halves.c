/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of c stay in registers, as in core/math/small_columns.c. */
#include "core/math/small_halves.h"

#include "core/error.h"
#include "core/math/half.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"
#include "core/math/prefetch.h"

#if defined(__AVX512BF16__) && !defined(RAMPLUS_DOUBLE)
#include <immintrin.h>
#include <string.h>

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
    const HalfProduct own = *p; /* which results cannot overwrite, as compilers see */
    for (int64_t n = 0; n < own.N; n += VECTORS * LANE_COUNT) {
        int64_t m = 0;
        for (; m + ROWS <= own.M; m += ROWS) some_rows(&own, m, n, ROWS);
        for (; m < own.M; m++) some_rows(&own, m, n, 1);
    }
}

/* ---- packed ---- */

enum { BLOCK_ROWS = 6, BLOCK_VECTORS = HALF_PANEL / LANE_COUNT };

/* The numbers 2k and 2k + 1 of a row, or one and 0, in all lanes. */
static inline __m512bh same_pair(const uint16_t *x, const bool whole)
{
    uint32_t word = 0;
    memcpy(&word, x, whole ? sizeof word : sizeof *x);
    return same_word(word);
}

/* `rows`, `vectors` and `whole` are constants. */
LANES_INLINE void add_pair(int64_t K, const uint16_t *a, const uint16_t *b, const int rows,
                           const int vectors, const bool whole,
                           __m512 sum[BLOCK_ROWS][BLOCK_VECTORS])
{
    __m512bh right[BLOCK_VECTORS];
    for (int v = 0; v < vectors; v++)
        right[v] = (__m512bh)_mm512_loadu_si512(b + v * 2 * LANE_COUNT);
    for (int r = 0; r < rows; r++) {
        const __m512bh left = same_pair(a + r * K, whole);
        for (int v = 0; v < vectors; v++)
            sum[r][v] = _mm512_dpbf16_ps(sum[r][v], left, right[v]);
    }
}

/* Of rows i, i + 1, ... */
LANES_INLINE void store_sums(const HalfBlock *s, int64_t i, const int rows, const int vectors,
                             __m512 sum[BLOCK_ROWS][BLOCK_VECTORS])
{
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            Real *c = s->c + (i + r) * s->ldc + v * LANE_COUNT;
            __m512 y = _mm512_add_ps(sum[r][v], _mm512_loadu_ps(s->bias + v * LANE_COUNT));
            if (s->add) y = _mm512_add_ps(y, _mm512_loadu_ps(c));
            _mm512_storeu_ps(c, y);
        }
}

/* Rows i, i + 1, ... of the block, of which only the first vectors are wanted. */
LANES_INLINE void block_rows(const HalfBlock *s, int64_t i, const int rows, const int vectors)
{
    __m512 sum[BLOCK_ROWS][BLOCK_VECTORS];
    const int64_t K = s->K;
    const uint16_t *a = s->a + i * K, *ahead = s->ahead + i * K * HALF_PANEL / HALF_ROWS;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            PREFETCH(s->c + (i + r) * s->ldc + v * LANE_COUNT, 1, 3);
            sum[r][v] = _mm512_setzero_ps();
        }
    int64_t k = 0;
    for (; k + 2 <= K; k += 2) {
        PREFETCH(ahead + k * BLOCK_ROWS * HALF_PANEL / HALF_ROWS, 0, 2);
        add_pair(K, a + k, s->b + k * HALF_PANEL, rows, vectors, true, sum);
    }
    if (k < K) add_pair(K, a + k, s->b + k * HALF_PANEL, rows, vectors, false, sum);
    store_sums(s, i, rows, vectors, sum);
}

/* `vectors` is a constant. */
LANES_INLINE void all_rows(const HalfBlock *s, const int vectors)
{
    int64_t i = 0;
    for (; i + BLOCK_ROWS <= s->M; i += BLOCK_ROWS) block_rows(s, i, BLOCK_ROWS, vectors);
    for (; i < s->M; i++) block_rows(s, i, 1, vectors);
}

void half_block(const HalfBlock *block)
{
    const HalfBlock own = *block;
    if (own.N > 3 * LANE_COUNT)
        all_rows(&own, 4);
    else if (own.N > LANE_COUNT)
        all_rows(&own, 3);
    else
        all_rows(&own, 1);
}

/* ---- rounding ---- */

static inline void round_row(int64_t n, const Real *x, uint16_t *y)
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

void half_block(const HalfBlock *b)
{
    CHECK(small_halves_can(), "%ld x %ld: no bfloat16 instructions", b->M, b->N);
}

static inline void round_row(int64_t n, const Real *restrict x, uint16_t *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = bf16_of((float)x[i]);
}

#endif

void halves_round(int64_t n, const Real *x, uint16_t *y) { round_row(n, x, y); }

void halves_round_rows(int64_t M, int64_t n, const Real *x, int64_t ldx, uint16_t *y,
                       int64_t ldy)
{
    for (int64_t m = 0; m < M; m++) round_row(n, x + m * ldx, y + m * ldy);
}
