/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over flat arrays: the arithmetic of the optimizer. Every function gives the same bits
 * for any number of threads and any vector width. */
#ifndef RAMPLUS_CORE_MATH_VEC_H
#define RAMPLUS_CORE_MATH_VEC_H

#include "core/math/real.h"
#include "core/math/vec_noise.h"

#include <stdint.h>

typedef struct VecAdamW {
    double keep;         /* 1 - lr * weight decay */
    double beta1, beta2; /* decay rates of the two moments */
    double rate;         /* lr / (1 - beta1^t) */
    double root_scale;   /* 1 / sqrt(1 - beta2^t) */
    double eps;
} VecAdamW;

/* One AdamW step in one pass (Loshchilov & Hutter 2019, algorithm 2), all arrays [n]:
 *   m += (1 - beta1) (g - m),  v = beta2 v + (1 - beta2) g^2,
 *   p = keep p - rate m / (root_scale sqrt(v) + eps). */
void vec_adamw(int64_t n, Real *p, const Real *g, float *m, float *v, const VecAdamW *k);

/* The same with m and v in bfloat16, each rounded up or down at random with the exact mean: a
 * step of (1 - beta2) = 0.001, or of 0.1 once m is near g, is less than half a step of
 * bfloat16, so that rounding to the nearest would leave v and m where they are (Gupta et al.
 * 2015, "Deep learning with limited numerical precision"). */
void vec_adamw_half(int64_t n, Real *p, const Real *g, uint16_t *m, uint16_t *v,
                    const VecAdamW *k, VecNoise noise);

/* Sum of squares in double. It is finite if and only if all elements are finite. */
double vec_sum_squares(int64_t n, const Real *x);

/* x *= a. */
void vec_scale(int64_t n, Real *x, double a);

/* s = x, as float32. */
void vec_store(int64_t n, float *s, const Real *x);

/* s += (1 - decay) (x - s). */
void vec_average(int64_t n, float *s, const Real *x, double decay);

/* Exchanges s and x. */
void vec_swap(int64_t n, float *s, Real *x);

#endif
