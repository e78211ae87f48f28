/* SPDX-License-Identifier: Apache-2.0 */
/* Linear layers in 8-bit integers, for inference, on processors with AVX-512 VNNI:
 *
 *   w[n, k] = scale[n] q[n, k]            q in -127 .. 127, rounded once
 *   x[m, k] = low[m] + step[m] q[m, k]    q in 0 .. 255, from the lowest to the highest x[m, k]
 *   y[m, n] = scale[n] (step[m] sum_k q[m, k] q[n, k] + low[m] sum_k q[n, k])
 *
 * Every row of x has its own range, so that nothing needs to be calibrated on images, and a row
 * with large numbers costs the others no precision. Sums of integers are exact: equal arguments
 * give the same bits for any number of threads. */
#ifndef RAMPLUS_CORE_MATH_INT8_H
#define RAMPLUS_CORE_MATH_INT8_H

#include "core/math/finish.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why these products are not available; NULL if they are. */
const char *int8_missing(void);

typedef struct Onednn Onednn; /* core/math/onednn.h */

/* For these products. CHECKs int8_missing; the caller calls onednn_free. */
Onednn *int8_new(void);

/* Whether a layer is large enough to gain from them. */
bool int8_pays(int64_t N, int64_t K);

typedef struct Int8Weights {
    int64_t N, K;
    int8_t *q;         /* [N, K] */
    Real *scale, *sum; /* [N]; sum: of the row of q */
} Int8Weights;

/* Rounds w [N, K], K <= 65,536. Owned: int8_weights_free. */
Int8Weights *int8_weights_new(int64_t N, int64_t K, const Real *w);
void int8_weights_free(Int8Weights *w); /* accepts NULL */

size_t int8_scratch_bytes(int64_t M, int64_t K);

/* x [M, K] -> y [M, N], finished (core/math/finish.h), on all threads. scratch:
 * int8_scratch_bytes, aligned for numbers. A row of x with a number that is not finite gives a
 * row of NAN. */
void int8_linear(const Onednn *m, const Int8Weights *w, int64_t M, const Real *x, Finish finish,
                 Real *y, void *scratch);

#endif
