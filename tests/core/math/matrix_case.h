/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, elements and random factors, shared by the tests of matrix products. */
#ifndef RAMPLUS_TESTS_CORE_MATH_MATRIX_CASE_H
#define RAMPLUS_TESTS_CORE_MATH_MATRIX_CASE_H

#include "core/math/gemm.h"

/* A product [M, K] [K, N] -> [M, N]. */
typedef struct Size {
    int64_t M, N, K;
} Size;

double matrix_at(Matrix m, int64_t row, int64_t col);
/* sum_k a[i, k] b[k, j]. */
double matrix_product(Size s, Matrix a, Matrix b, int64_t i, int64_t j);
/* n numbers; the caller frees them with mem_free. Uniform in [-1, 1): */
Real *matrix_random(int64_t n, uint64_t seed);
/* Integers of -8 .. 8, whose products and sums are exact in every order. */
Real *matrix_integers(int64_t n, uint64_t seed);

/* Returns true and prints one line if bfloat16 products are not available on this machine. */
bool matrix_bf16_missing(const char *suite);

#endif
