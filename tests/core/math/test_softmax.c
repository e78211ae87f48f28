/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax of rows: values, and that a row is the same wherever it is. */
#include "core/math/softmax.h"

#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* Rows that are transposed in whole blocks, in part, and not at all. */
static const struct {
    int64_t M, n, ld;
} SHAPE[] = {{1, 1, 1},    {4, 5, 5},     {3, 16, 16},   {16, 16, 16},
             {35, 16, 19}, {17, 4, 16},   {5, 31, 40},   {16, 32, 32},
             {3, 33, 33},  {2, 144, 144}, {9, 145, 150}, {17, 47, 48}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static double expected(int64_t n, const Real *x, int64_t at)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += exp((double)x[i] - (double)x[at]);
    return 1 / sum;
}

START_TEST(test_values)
{
    const int64_t M = SHAPE[_i].M, n = SHAPE[_i].n, ld = SHAPE[_i].ld, len = (M - 1) * ld + n;
    Real *x = matrix_random(len, 1), *y = mem_alloc((size_t)len * sizeof *y);
    for (int64_t i = 0; i < len; i++) x[i] *= 20;
    memcpy(y, x, (size_t)len * sizeof *y);
    softmax_rows(M, n, ld, y);
    for (int64_t i = 0; i < len; i++) {
        const int64_t row = i / ld * ld;
        if (i - row >= n)
            ck_assert(y[i] == x[i]); /* between the rows */
        else
            ck_assert_double_eq_tol((double)y[i], expected(n, x + row, i - row), 1e-6);
    }
    mem_free(x);
    mem_free(y);
}
END_TEST

START_TEST(test_alone)
{
    const int64_t M = SHAPE[_i].M, n = SHAPE[_i].n, ld = SHAPE[_i].ld, len = (M - 1) * ld + n;
    Real *x = matrix_random(len, 1), *y = mem_alloc((size_t)len * sizeof *y);
    memcpy(y, x, (size_t)len * sizeof *y);
    softmax_rows(M, n, ld, y);
    for (int64_t m = 0; m < M; m++) {
        softmax_rows(1, n, n, x + m * ld);
        ck_assert_mem_eq(x + m * ld, y + m * ld, (size_t)n * sizeof *x);
    }
    mem_free(x);
    mem_free(y);
}
END_TEST

/* A NaN spoils its row alone, and great numbers overflow nowhere. */
START_TEST(test_extremes)
{
    Real x[3][4] = {{1, (Real)NAN, 2, 3}, {1e30f, 1e30f, -1e30f, 0}, {0, 0, 0, 0}};
    softmax_rows(3, 4, 4, x[0]);
    for (int i = 0; i < 4; i++) ck_assert(isnan(x[0][i]) && x[2][i] == (Real)0.25);
    ck_assert(x[1][0] == (Real)0.5 && x[1][1] == (Real)0.5 && x[1][2] == 0 && x[1][3] == 0);
}
END_TEST

START_TEST(test_extremes_of_long_rows)
{
    enum { N = 50 };
    Real x[3][N] = {{0}};
    x[0][N - 1] = (Real)NAN;
    x[1][0] = x[1][N - 1] = 1e30f, x[1][1] = (Real)-INFINITY;
    softmax_rows(3, N, N, x[0]);
    for (int i = 0; i < N; i++) {
        ck_assert(isnan(x[0][i]));
        ck_assert(x[1][i] == (i == 0 || i == N - 1 ? (Real)0.5 : 0));
        ck_assert_double_eq_tol((double)x[2][i], 1.0 / N, 1e-7);
    }
}
END_TEST

START_TEST(test_half_values)
{
    const int64_t M = SHAPE[_i].M, n = SHAPE[_i].n, ld = SHAPE[_i].ld, len = (M - 1) * ld + n;
    Real *x = matrix_random(len, 1), *y = mem_alloc((size_t)len * sizeof *y), scale[40];
    for (int64_t i = 0; i < len; i++) x[i] *= 20;
    memcpy(y, x, (size_t)len * sizeof *y);
    softmax_rows_half(M, n, ld, y, scale);
    for (int64_t i = 0; i < len; i++) {
        const int64_t row = i / ld * ld;
        if (i - row >= n) {
            ck_assert(y[i] == x[i]); /* between the rows */
            continue;
        }
        const double want = expected(n, x + row, i - row);
        ck_assert_double_eq_tol((double)(scale[i / ld] * y[i]), want, 1e-5 * want + 1e-7);
        ck_assert_double_le((double)y[i], 1.00001);
    }
    mem_free(x);
    mem_free(y);
}
END_TEST

/* As those of softmax_rows. */
START_TEST(test_half_extremes)
{
    enum { N = 50 };
    Real x[3][N] = {{0}}, scale[3];
    x[0][N - 1] = (Real)NAN;
    x[1][0] = x[1][N - 1] = 1e30f, x[1][1] = (Real)-INFINITY;
    softmax_rows_half(3, N, N, x[0], scale);
    for (int i = 0; i < N; i++) {
        ck_assert(isnan(x[0][i] * scale[0]));
        const double want = i == 0 || i == N - 1 ? 0.5 : 0;
        ck_assert_double_eq_tol((double)(x[1][i] * scale[1]), want, 1e-5);
        ck_assert_double_eq_tol((double)(x[2][i] * scale[2]), 1.0 / N, 1e-6);
    }
}
END_TEST

Suite *test_softmax_suite(void);
Suite *test_softmax_suite(void)
{
    Suite *s = suite_create("softmax");
    TCase *t = tcase_create("softmax");
    tcase_add_loop_test(t, test_values, 0, SHAPES);
    tcase_add_loop_test(t, test_alone, 0, SHAPES);
    tcase_add_test(t, test_extremes);
    tcase_add_test(t, test_extremes_of_long_rows);
    tcase_add_loop_test(t, test_half_values, 0, SHAPES);
    tcase_add_test(t, test_half_extremes);
    suite_add_tcase(s, t);
    return s;
}
