/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix product: the only file that knows BLAS.
 * c [M, N] = alpha * op(a) op(b) + beta * c, row-major, ld = elements between rows. Multi-threaded when
 * called outside a parallel region, single-threaded inside one; the same bits for any number of threads,
 * from the first gemm_set_threads on. */
#ifndef RAMPLUS_CORE_MATH_GEMM_H
#define RAMPLUS_CORE_MATH_GEMM_H

#include "core/math/real.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Matrix {
    const Real *data;
    int64_t ld;
    bool transposed; /* op(a) is a^T */
} Matrix;

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc);

/* The common cases on dense matrices. */
/* y [M, N] = x [M, K] w[N, K]^T + beta y */
void gemm_nt(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);
/* y [M, N] = x [M, K] w[K, N] + beta y */
void gemm_nn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);
/* y [M, N] = x[K, M]^T w[K, N] + beta y */
void gemm_tn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);

/* Threads of OpenMP, among which products are shared; 0: all processors. Returns the number in use. */
int gemm_set_threads(int threads);
/* The kernels for OPENBLAS_CORETYPE that this processor can run, where OpenBLAS, older than the
 * processor, does not know its model and would run those of 2004; else NULL. */
const char *gemm_better_kernels(void);
const char *gemm_library(void); /* "OpenBLAS 0.3.21 ... Zen" */

#endif
