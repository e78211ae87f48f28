/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise passes, and a sum in an order that depends on the length alone. */
#include "core/math/vec.h"

#include "core/math/threads.h"
#include "core/math/vec.cl"

void vec_adamw(int64_t n, Real *p, const Real *g, float *m, float *v, const VecAdamW *k)
{
    LAUNCH(adamw, n, p, g, m, v, (Real)k->keep, (Real)k->rate, (Real)(1 - k->beta1),
           (Real)k->beta2, (Real)(1 - k->beta2), (Real)k->root_scale, (Real)k->eps);
}

void vec_adamw_half(int64_t n, Real *p, const Real *g, uint16_t *m, uint16_t *v,
                    const VecAdamW *k, VecNoise noise)
{
    LAUNCH(adamw_half, n, p, g, m, v, (Real)k->keep, (Real)k->rate, (Real)(1 - k->beta1),
           (Real)k->beta2, (Real)(1 - k->beta2), (Real)k->root_scale, (Real)k->eps, noise);
}

enum { SLICES = 1024, SLICE = 1 << 12 /* elements, or more */ };

double vec_sum_squares(int64_t n, const Real *x)
{
    double part[SLICES * LANES], sum = 0;
    const int64_t wanted = (n + SLICE - 1) / SLICE, slices = wanted < SLICES ? wanted : SLICES;
    if (threads_here() == 1)
        for (int64_t i = 0; i < slices; i++) part[i] = sum_squares_slice(n, slices, i, x);
    else
        LAUNCH(sum_squares, n, slices, x, part);
    for (int64_t i = 0; i < slices * LANES; i++) sum += part[i];
    return sum;
}

void vec_scale(int64_t n, Real *x, double a) { LAUNCH(scale_numbers, n, (Real)a, x); }

void vec_store(int64_t n, float *s, const Real *x) { LAUNCH(store_numbers, n, s, x); }

void vec_average(int64_t n, float *s, const Real *x, double decay)
{
    LAUNCH(average_numbers, n, (Real)(1 - decay), s, x);
}

void vec_swap(int64_t n, float *s, Real *x) { LAUNCH(swap_numbers, n, s, x); }
