/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over the rows of a matrix, shared by several ops. Each thread writes its own elements
 * and sums have a fixed order, so results do not depend on the number of threads. */
#ifndef RAMPLUS_CORE_MATH_ROWS_H
#define RAMPLUS_CORE_MATH_ROWS_H

#include "core/math/real.h"

#include <stdint.h>

/* Copies b [N] to every row of y [M, N]. */
void rows_fill(int64_t M, int64_t N, const Real *b, Real *y);
/* y [n] = x [n]. */
void rows_copy(int64_t n, const Real *x, Real *y);
/* y [n] += x [n]. */
void rows_add(int64_t n, const Real *x, Real *y);
/* Writes the indices of the rows of x [M, N] that are not all zero, ascending, to index [M] and
 * returns their number. */
int64_t rows_active(int64_t M, int64_t N, const Real *x, int64_t *index);
/* Copies row index[i] of x to row i of y [n, N]. */
void rows_gather(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y);
void rows_gather_halves(int64_t n, int64_t N, const int64_t *index, const uint16_t *x,
                        uint16_t *y);
/* Row index[i] of y += row i of x [n, N]. */
void rows_scatter_add(int64_t n, int64_t N, const int64_t *index, const Real *x, Real *y);
/* The backward of softmax: ds = p (dp - sum p dp), written to dp. */
void rows_softmax_backward(int64_t n, const Real *p, Real *dp);

#endif
