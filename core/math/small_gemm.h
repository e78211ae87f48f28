/* SPDX-License-Identifier: Apache-2.0 */
/* Products for which libraries spend much of their time on copies of the factors: those of
 * matrices that the nearest cache holds, such as in a window's attention, and those of small
 * layers. On the calling thread. */
#ifndef RAMPLUS_CORE_MATH_SMALL_GEMM_H
#define RAMPLUS_CORE_MATH_SMALL_GEMM_H

#include "core/math/real.h"

#include <stdbool.h>
#include <stdint.h>

/* a[i, k] = data[i * row + k * col]: a matrix, or a transposed one. */
typedef struct SmallMatrix {
    const Real *data;
    int64_t row, col;
} SmallMatrix;

/* c [M, N] = start + alpha a [M, K] b [K, N]. Rows of c and start are ldc apart. start NULL: 0;
 * it may be c. */
typedef struct SmallProduct {
    int64_t M, N, K;
    Real alpha;
    SmallMatrix a, b;
    const Real *start;
    Real *c;
    int64_t ldc;
} SmallProduct;

/* Whether the rows of b are dense, or those of a and the columns of b. */
bool small_gemm_can(const SmallProduct *p);

/* CHECKs small_gemm_can. */
void small_gemm(const SmallProduct *p);

#endif
