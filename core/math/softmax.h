/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax of several rows, on the calling thread. */
#ifndef RAMPLUS_CORE_MATH_SOFTMAX_H
#define RAMPLUS_CORE_MATH_SOFTMAX_H

#include "core/math/real.h"

#include <stdint.h>

/* In place, of M rows of n numbers, which are ld apart. Where other rows are, and how many,
 * changes no bit. */
void softmax_rows(int64_t M, int64_t n, int64_t ld, Real *x);

/* The same for results that are rounded to bfloat16, in less time: softmax of row m is
 * scale[m] x. */
void softmax_rows_half(int64_t M, int64_t n, int64_t ld, Real *x, Real *scale);

#endif
