/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products of bfloat16 numbers with float32 sums: the only file that knows oneDNN.
 * Factors are rounded to bfloat16 (8 significant bits, ties to even), products and sums are float32. On
 * processors with AVX-512 BF16 or AMX such a product takes half to a quarter of the time of a
 * float32 one; elsewhere, and in programs built without oneDNN, there is none: ask bf16_missing first. */
#ifndef RAMPLUS_CORE_MATH_BF16_H
#define RAMPLUS_CORE_MATH_BF16_H

#include "core/math/gemm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Bf16 Bf16; /* one thread uses it at a time; the products take all threads */

/* Why there are no such products here; NULL when there are. */
const char *bf16_missing(void);
void bf16_library(char out[static 32]); /* "oneDNN 2.6.3", "none" */

Bf16 *bf16_new(void);    /* CHECKs that nothing is missing; owned: bf16_free */
void bf16_free(Bf16 *m); /* accepts NULL */

/* Work memory of a product, 64-byte aligned. */
size_t bf16_scratch_bytes(int64_t M, int64_t N, int64_t K);

/* c [M, N] = op(a) op(b) + bias [N] or NULL + (add ? c : 0); all dense: the ld of a and b is the length
 * of their rows. The same bits for equal arguments and any number of threads. */
void bf16_gemm(const Bf16 *m, int64_t M, int64_t N, int64_t K, Matrix a, Matrix b,
               const Real *bias, bool add, Real *c, void *scratch);

#endif
