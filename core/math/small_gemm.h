/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices that the nearest cache holds, such as those of a window's attention: a
 * library would spend more time on copies of the factors than on the product. On the calling
 * thread. */
#ifndef RAMPLUS_CORE_MATH_SMALL_GEMM_H
#define RAMPLUS_CORE_MATH_SMALL_GEMM_H

#include "core/math/real.h"

#include <stdint.h>

/* The number of columns of b and c is a multiple of this. */
enum { SMALL_UNIT = 16 };

/* a[m, k] = data[m * row + k * col]: a matrix, or a transposed one. */
typedef struct SmallMatrix {
    const Real *data;
    int64_t row, col;
} SmallMatrix;

/* c [M, N] = start + a [M, K] b [K, N]. Rows of b, start and c are dense. start NULL: 0; it may
 * be c. Each sum is added up in the order of k. */
void small_gemm(int64_t M, int64_t N, int64_t K, SmallMatrix a, const Real *b,
                const Real *start, Real *c);

#endif
