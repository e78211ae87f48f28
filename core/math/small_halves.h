/* SPDX-License-Identifier: Apache-2.0 */
/* Small products of numbers in bfloat16 with float32 sums (core/math/small_gemm.h), and blocks
 * of large ones: as many multiplications again in the same time. On the calling thread. */
#ifndef RAMPLUS_CORE_MATH_SMALL_HALVES_H
#define RAMPLUS_CORE_MATH_SMALL_HALVES_H

#include "core/math/real.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether this program was built for a processor that has them. */
bool small_halves_can(void);

/* c [M, N] = start + alpha a b for a [M, 2 K] and b [2 K, N] in words of two numbers, the first
 * in the lower half: word k of a row of a has its numbers 2k and 2k + 1, and word n of row k of
 * b has those of column n in the rows 2k and 2k + 1. N is a multiple of LANE_UNIT. Rows are ld
 * words or numbers apart; start [M, N] has rows as c and may be NULL: 0. */
typedef struct HalfProduct {
    int64_t M, N, K;
    Real alpha;
    const uint32_t *a;
    int64_t lda;
    const uint32_t *b;
    int64_t ldb;
    const Real *start;
    Real *c;
    int64_t ldc;
} HalfProduct;

/* CHECKs small_halves_can. */
void small_halves(const HalfProduct *p);

/* Of a packed factor (core/math/bf16.h): its columns that are together; and the rows of a
 * result that are to be computed at once. */
enum { HALF_PANEL = 64, HALF_ROWS = 48 };

/* c [M, N] = a [M, K] b + bias + (add ? c : 0), where b is a panel, N <= HALF_PANEL. bias and
 * rows of c, which are ldc apart, have room for HALF_PANEL numbers. Meanwhile what is needed
 * soon comes near: from `ahead` on, as much as a panel for HALF_ROWS rows. Processors do not
 * guess where that is, and weights come from main memory. */
typedef struct HalfBlock {
    int64_t M, N, K;
    const uint16_t *a, *b, *ahead;
    const Real *bias;
    bool add;
    Real *c;
    int64_t ldc;
} HalfBlock;

/* CHECKs small_halves_can. */
void half_block(const HalfBlock *b);

/* y [n] <- x in bfloat16, rounded to nearest even, on any processor. Where it has an
 * instruction for that, numbers below 2^-126 become 0. */
void halves_round(int64_t n, const Real *x, uint16_t *y);
/* The same for rows of n numbers, which are ldx and ldy apart. */
void halves_round_rows(int64_t M, int64_t n, const Real *x, int64_t ldx, uint16_t *y,
                       int64_t ldy);

#endif
