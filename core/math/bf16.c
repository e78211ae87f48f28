/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding to bfloat16 and back, on any processor. */
#include "core/math/bf16.h"

void bf16_round(int64_t n, const Real *restrict x, uint16_t *restrict y)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) y[i] = bf16_of((float)x[i]);
}

void bf16_expand(int64_t n, const uint16_t *restrict x, Real *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = (Real)bf16_number(x[i]);
}
