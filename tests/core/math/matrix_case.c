/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, elements and random factors of matrix products. */
#include "tests/core/math/matrix_case.h"

#include "core/math/bf16.h"
#include "core/mem.h"
#include "core/rng.h"

#include <stdio.h>

double matrix_at(Matrix m, int64_t row, int64_t col)
{
    return (double)(m.transposed ? m.data[col * m.ld + row] : m.data[row * m.ld + col]);
}

double matrix_product(Size s, Matrix a, Matrix b, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t k = 0; k < s.K; k++) sum += matrix_at(a, i, k) * matrix_at(b, k, j);
    return sum;
}

Real *matrix_random(int64_t n, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    Real *x = mem_alloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) x[i] = (Real)rng_range(&rng, -1, 1);
    return x;
}

Real *matrix_integers(int64_t n, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    Real *x = mem_alloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) x[i] = (Real)rng_below(&rng, 17) - 8;
    return x;
}

bool matrix_bf16_missing(const char *suite)
{
    if (bf16_missing()) printf("%s: bfloat16 not checked: %s\n", suite, bf16_missing());
    return bf16_missing() != NULL;
}
