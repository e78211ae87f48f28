/* SPDX-License-Identifier: Apache-2.0 */
/* oneDNN's products of float32 numbers, whose kernels for AVX-512 are faster than OpenBLAS'
 * where there is more to multiply than to copy (with AVX2 they are not), and of integers. */
#ifndef RAMPLUS_CORE_MATH_ONEDNN_H
#define RAMPLUS_CORE_MATH_ONEDNN_H

#include "core/math/gemm.h"
#include "core/math/int8.h"

/* Whether this program was built with oneDNN and the processor has AVX-512. Users can say no
 * with ONEDNN_MAX_CPU_ISA=AVX2. */
bool onednn_gemm_is_fast(void);

/* Before the first product: ends the program if there is no memory for the code that oneDNN
 * then writes, which it does not look at itself. */
void onednn_open(void);

/* gemm (core/math/gemm.h) in single precision, on omp_get_max_threads threads. Ends the program
 * if there is no memory for copies of the factors. */
void onednn_gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc);

/* c [M, N] = a [M, K] b [N, K]^T, exact below 2^24, for core/math/int8.h. On
 * omp_get_max_threads threads. */
void onednn_int8_gemm(const Int8 *m, int64_t M, int64_t N, int64_t K, const uint8_t *a,
                      const int8_t *b, Real *c, int64_t ldc);

bool onednn_is_version(int major, int minor);
void onednn_name(char out[static 32]); /* "oneDNN 2.6.3", "none" */

#endif
