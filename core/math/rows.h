/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over the rows of a matrix that several ops need. Threads own what they write and sums have a fixed order,
 * so results do not depend on the number of threads. */
#ifndef RAMPLUS_CORE_MATH_ROWS_H
#define RAMPLUS_CORE_MATH_ROWS_H

#include "core/math/real.h"

#include <stdint.h>

/* y [M, N]: every row becomes b [N]. */
void rows_fill(int64_t M, int64_t N, const Real *b, Real *y);
/* out [N] += sum over the rows of x [M, N], accumulated in double. */
void rows_add_sum(int64_t M, int64_t N, const Real *x, Real *out);
/* y [n] += x [n]. */
void rows_add(int64_t n, const Real *x, Real *y);
/* Writes the indices of the rows of x [M, N] that are not all zero, rising; returns how many. */
int64_t rows_active(int64_t M, int64_t N, const Real *x, int64_t *index);
/* y [n, N]: row i is row index[i] of x. */
void rows_gather(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y);
/* Row index[i] of y += row i of x [n, N]. */
void rows_scatter_add(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y);
/* Softmax in place over a short row. */
void rows_softmax(int64_t n, Real *x);
/* In place: ds = p (dp - sum p dp), the backward of softmax. */
void rows_softmax_backward(int64_t n, const Real *p, Real *dp);

#endif
