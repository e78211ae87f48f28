/* SPDX-License-Identifier: Apache-2.0 */
/* Products whose second factor is packed: in the order in which the processor reads it, once
 * for all tiles of a product, or for all products with the same weights. By oneDNN, or, in
 * bfloat16, by core/math/packed_halves.h.
 *
 * Packed numbers are oneDNN's BA16a64b: panels of 64 columns, in a panel row by row, 0 beyond
 * the last column and in rows up to a multiple of 16. bf16_pack (core/math/bf16.h) packs those
 * in bfloat16. */
#ifndef RAMPLUS_CORE_MATH_PACKED_GEMM_H
#define RAMPLUS_CORE_MATH_PACKED_GEMM_H

#include "core/math/finish.h"
#include "core/math/gemm.h"
#include "core/math/onednn.h"

int64_t packed_len(int64_t K, int64_t N);
/* Packs b [K, N], on all threads. packed: packed_len. */
void packed_pack(int64_t K, int64_t N, Matrix b, Real *packed);

/* c [M, N] = a [M, K] b + (add ? c : 0), finished. c NULL: of the product, only
 * what finish has in bfloat16 is wanted. a and b are both in bfloat16, or both are not. */
typedef struct PackedProduct {
    int64_t M, N, K;
    bool bf16;
    const void *a, *packed;
    Finish finish;
    bool add;
    Real *c;
} PackedProduct;

/* On all threads, with the same bits for any number of them. scratch: packed_scratch_len
 * numbers, for tiles. */
void packed_gemm(const Onednn *engine, const PackedProduct *p, Real *scratch);
int64_t packed_scratch_len(const PackedProduct *p);

/* For those that multiply: what remains to be done with tile t of a product with its bias. The
 * tile has rows ld apart, and is in the place that c has for it or elsewhere. */
void packed_finish(const PackedProduct *p, Tile t, Real *tile, int64_t ld);

#endif
