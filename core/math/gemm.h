/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix product, by OpenBLAS or oneDNN, whichever is faster.
 * c [M, N] = alpha * op(a) op(b) + beta * c, row-major, ld = elements between rows. It runs on
 * all threads when called outside a parallel region, on one thread inside. The result
 * has the same bits for any number of threads. */
#ifndef RAMPLUS_CORE_MATH_GEMM_H
#define RAMPLUS_CORE_MATH_GEMM_H

#include "core/math/finish.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Matrix {
    const Real *data;
    int64_t ld;
    bool transposed; /* op(a) is a^T */
} Matrix;

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc);

/* The same on the calling thread, undivided: other last bits for large products. */
void gemm_serial(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc);

/* c [M, N] = op(a) op(b), dense, and finished (core/math/finish.h). */
void gemm_finished(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, Finish finish, Real *c);
void gemm_serial_finished(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, Finish finish,
                          Real *c);

/* Products of one shape whose matrices are apart by equal steps. */
typedef struct GemmEach {
    int64_t count;
    const int64_t *at; /* [count] which ones; NULL: 0..count-1 */
    int64_t a, b, c;   /* elements from one to the next */
} GemmEach;

/* gemm of all of them. Threads share the tiles of all products, so that many threads are busy
 * where one product has few tiles; the bits are those of gemm. finish: NULL, or what finishes
 * each product, without a residual (core/math/finish.h). */
void gemm_each(const GemmEach *each, int64_t M, int64_t N, int64_t K, Matrix a, Matrix b,
               Real beta, const Finish *finish, Real *c, int64_t ldc);

/* The common cases, on dense matrices: */
/* y [M, N] = x [M, K] w[N, K]^T + beta y */
void gemm_nt(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);
/* y [M, N] = x [M, K] w[K, N] + beta y */
void gemm_nn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);
/* y [M, N] = x[K, M]^T w[K, N] + beta y */
void gemm_tn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y);

/* Lets OpenBLAS choose again if the processor is newer than the library, which would otherwise
 * use kernels of 2004. The first call in main; other threads must not exist yet. The user's
 * OPENBLAS_CORETYPE is kept. */
void gemm_open(void);
/* Sets the number of OpenMP threads that share a product; 0: as many as
 * core/math/threads.h grants. Returns the number in use. */
int gemm_set_threads(int threads);
/* "OpenBLAS 0.3.21 ... SkylakeX; large products: oneDNN 2.6.3". Owned: mem_free. */
char *gemm_library(void);

#endif
