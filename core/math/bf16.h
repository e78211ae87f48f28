/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products of bfloat16 numbers with float32 sums. Factors are rounded to
 * bfloat16 (8 significant bits, ties to even), products and sums are float32. On processors
 * with AVX-512 BF16 or AMX such a product takes half to a quarter of the time of a float32
 * product. Other processors, and programs built without oneDNN, do not offer it: call
 * bf16_missing first. Rounding alone works everywhere. */
#ifndef RAMPLUS_CORE_MATH_BF16_H
#define RAMPLUS_CORE_MATH_BF16_H

#include "core/math/gemm.h"
#include "core/math/half.h"
#include "core/math/onednn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why bfloat16 products are not available; NULL if they are. */
const char *bf16_missing(void);

/* For these products. CHECKs bf16_missing; the caller calls onednn_free. */
Onednn *bf16_new(void);

/* Each number rounded (core/math/half.h). On all threads. */
void bf16_round(int64_t n, const Real *x, uint16_t *y);
/* Back to numbers, exactly. On the calling thread. */
void bf16_expand(int64_t n, const uint16_t *x, Real *y);

/* The order of a packed factor (core/math/packed_gemm.h) in bfloat16 is oneDNN's BA16a64b2a:
 * panels of 64 columns; in a panel blocks of 32 rows; in a block the two numbers of each column
 * in rows 0 and 1, then those in rows 2 and 3, and so on. What is missing from the last block
 * and the last panel is 0. */
int64_t bf16_packed_len(int64_t K, int64_t N);
/* Rounds and packs b [K, N], on all threads. packed: bf16_packed_len. */
void bf16_pack(int64_t K, int64_t N, Matrix b, uint16_t *packed);

/* The same for weights w [N, K], as a factor of y = x w^T or, `back`, of dx = dy w. */
int64_t bf16_weights_len(int64_t N, int64_t K, bool back);
void bf16_pack_weights(int64_t N, int64_t K, const Real *w, bool back, uint16_t *packed);

/* c [M, N] = a^T b + (add ? c : 0), for a [K, M] and b [K, N]. Rows of c are ldc apart. Equal
 * arguments give the same bits for any number of threads. */
void bf16_gemm_tn(const Onednn *m, int64_t M, int64_t N, int64_t K, const uint16_t *a,
                  const uint16_t *b, bool add, Real *c, int64_t ldc);

#endif
