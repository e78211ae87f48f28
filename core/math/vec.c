/* SPDX-License-Identifier: Apache-2.0 */
/* Element-wise passes, and a sum in an order that depends on the length alone. */
#include "core/math/vec.h"

enum { PIECE = 1 << 14 }; /* elements that a thread takes at a time: one may be late */

void vec_adamw(int64_t n, Real *restrict p, const Real *restrict g, float *restrict m,
               float *restrict v, const VecAdamW *k)
{
    const Real keep = (Real)k->keep, rate = (Real)k->rate, eps = (Real)k->eps;
    const Real beta2 = (Real)k->beta2, root_scale = (Real)k->root_scale;
    const Real take1 = (Real)(1 - k->beta1), take2 = (Real)(1 - k->beta2);
#pragma omp parallel for simd schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; i++) {
        const Real mi = (Real)m[i] + take1 * (g[i] - (Real)m[i]);
        const Real vi = beta2 * (Real)v[i] + take2 * g[i] * g[i];
        p[i] = keep * p[i] - rate * mi / (root_scale * real_sqrt(vi) + eps);
        m[i] = (float)mi;
        v[i] = (float)vi;
    }
}

enum { SLICES = 1024, LANES = 8 };

static double slice_sum(int64_t n, const Real *x)
{
    double lane[LANES] = {0}, sum = 0;
    const int64_t whole = n / LANES * LANES;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
    for (int l = 0; l < LANES; l++) sum += lane[l];
    for (int64_t i = whole; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

double vec_sum_squares(int64_t n, const Real *x)
{
    double part[SLICES], sum = 0;
#pragma omp parallel for schedule(dynamic, SLICES / 64)
    for (int64_t i = 0; i < SLICES; i++) {
        const int64_t begin = n * i / SLICES, end = n * (i + 1) / SLICES;
        part[i] = slice_sum(end - begin, x + begin);
    }
    for (int i = 0; i < SLICES; i++) sum += part[i];
    return sum;
}

void vec_scale(int64_t n, Real *x, double a)
{
    const Real factor = (Real)a;
#pragma omp parallel for simd schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; i++) x[i] *= factor;
}

void vec_store(int64_t n, float *restrict s, const Real *restrict x)
{
#pragma omp parallel for simd schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; i++) s[i] = (float)x[i];
}

void vec_average(int64_t n, float *restrict s, const Real *restrict x, double decay)
{
    const Real take = (Real)(1 - decay);
#pragma omp parallel for simd schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; i++) s[i] = (float)((Real)s[i] + take * (x[i] - (Real)s[i]));
}

void vec_swap(int64_t n, float *restrict s, Real *restrict x)
{
#pragma omp parallel for simd schedule(dynamic, PIECE)
    for (int64_t i = 0; i < n; i++) {
        const float kept = s[i];
        s[i] = (float)x[i];
        x[i] = (Real)kept;
    }
}
