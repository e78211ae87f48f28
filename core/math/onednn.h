/* SPDX-License-Identifier: Apache-2.0 */
/* oneDNN's products of float32 numbers, whose kernels for AVX-512 are faster than OpenBLAS'
 * where there is more to multiply than to copy (with AVX2 they are not), and of integers. */
#ifndef RAMPLUS_CORE_MATH_ONEDNN_H
#define RAMPLUS_CORE_MATH_ONEDNN_H

#include "core/math/gemm.h"

/* Whether this program was built with oneDNN and the processor has AVX-512. Users can say no
 * with ONEDNN_MAX_CPU_ISA=AVX2. */
bool onednn_gemm_is_fast(void);

/* Whether its products in bfloat16 are computed by AMX. */
bool onednn_has_amx(void);

/* Before the first product: ends the program if there is no memory for the code that oneDNN
 * then writes, which it does not look at itself. */
void onednn_open(void);

/* gemm (core/math/gemm.h) in single precision, on omp_get_max_threads threads. Ends the program
 * if there is no memory for copies of the factors. */
void onednn_gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc);

/* For all other products, which several threads may compute at once. */
typedef struct Onednn Onednn;
Onednn *onednn_new(void);    /* the caller calls onednn_free */
void onednn_free(Onednn *e); /* accepts NULL */

typedef enum OnednnType {
    ONEDNN_FLOAT,
    ONEDNN_BF16,
    ONEDNN_PACKED_FLOAT, /* b alone: see core/math/packed_gemm.h */
    ONEDNN_PACKED_BF16,
    ONEDNN_UNSIGNED, /* 8 bits */
    ONEDNN_SIGNED,   /* 8 bits */
} OnednnType;

/* See Matrix. */
typedef struct OnednnMatrix {
    const void *data;
    OnednnType type;
    int64_t ld;
    bool transposed;
} OnednnMatrix;

/* c [M, N] = a [M, K] b [K, N] + bias [N] + (add ? c : 0), summed in float32, or exactly below
 * 2^24 if a and b are integers. bias NULL: 0. Rows of c are ldc apart; if b is packed, ldc is
 * N. On omp_get_max_threads threads. */
void onednn_product(const Onednn *e, int64_t M, int64_t N, int64_t K, OnednnMatrix a,
                    OnednnMatrix b, const Real *bias, bool add, Real *c, int64_t ldc);

bool onednn_is_version(int major, int minor);
void onednn_name(char out[static 32]); /* "oneDNN 2.6.3", "none" */

#endif
