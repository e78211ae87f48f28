/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the rows of a matrix, as the gradients of biases need. The rows are divided into
 * slices that follow from their number alone; threads add up slices, reading whole rows, and
 * the slices are added in order. So the bits do not depend on the number of threads. */
#ifndef RAMPLUS_CORE_OPS_COLUMN_SUM_H
#define RAMPLUS_CORE_OPS_COLUMN_SUM_H

#include "core/autograd/tape.h"

/* 1..64 slices of M rows. */
int64_t column_slices(int64_t M);

/* out [N] += sum over the rows of x [M, N], accumulated in double. */
void column_sum(Tape *tape, int64_t M, int64_t N, const Real *x, Real *out);

/* out [n] += sum over the slices i of part[i * stride] ... [n]. */
void column_add_parts(int64_t slices, int64_t stride, int64_t n, const double *part, Real *out);

#endif
