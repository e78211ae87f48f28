/* SPDX-License-Identifier: Apache-2.0 */
/* Products of small integers, which bfloat16 holds, are exact; rounding is that of bf16_of. */
#include "core/math/small_halves.h"

#include "core/math/half.h"
#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <stdio.h>

static bool cannot(void)
{
    if (small_halves_can()) return false;
    printf("small_halves: not checked: built for a processor without bfloat16\n");
    return true;
}

static uint32_t word(Real low, Real high)
{
    return bf16_of((float)low) | (uint32_t)bf16_of((float)high) << 16;
}

static const struct {
    int64_t M, N, K; /* K words */
} SIZE[] = {{1, 16, 1}, {8, 48, 16}, {9, 64, 5}, {49, 32, 25}, {144, 144, 16}, {7, 80, 0}};
enum { SIZES = sizeof SIZE / sizeof *SIZE, GAP = 16 };

/* The sum of column n in row m. */
static double sum_of(int64_t i, int64_t m, int64_t n, const Real *a, const Real *b)
{
    double sum = 0;
    for (int64_t k = 0; k < 2 * SIZE[i].K; k++)
        sum += (double)a[m * 2 * SIZE[i].K + k] * (double)b[k * SIZE[i].N + n];
    return sum;
}

START_TEST(test_integers_are_exact)
{
    if (cannot()) return;
    const int64_t M = SIZE[_i].M, N = SIZE[_i].N, K = SIZE[_i].K, ldc = N + GAP;
    Real *a = matrix_integers(M * 2 * K + 1, 1), *b = matrix_integers(N * 2 * K + 1, 2),
         *start = matrix_integers(M * ldc, 3), *c = matrix_integers(M * ldc, 4);
    uint32_t *x = mem_alloc((size_t)(M * (K + 1)) * sizeof *x),
             *y = mem_alloc((size_t)(N * K + 1) * sizeof *y);
    for (int64_t i = 0; i < M * K; i++)
        x[i / K * (K + 1) + i % K] = word(a[2 * i], a[2 * i + 1]);
    for (int64_t i = 0; i < N * K; i++)
        y[i] = word(b[i / N * 2 * N + i % N], b[(i / N * 2 + 1) * N + i % N]);
    for (int with = 0; with < 2; with++) {
        const Real old = c[N]; /* between rows */
        small_halves(
            &(HalfProduct){M, N, K, (Real)0.5, x, K + 1, y, N, with ? start : NULL, c, ldc});
        for (int64_t i = 0; i < M * N; i++) {
            const int64_t m = i / N, n = i % N;
            const double want =
                sum_of(_i, m, n, a, b) / 2 + (with ? (double)start[m * ldc + n] : 0);
            ck_assert_double_eq((double)c[m * ldc + n], want);
        }
        ck_assert(c[N] == old);
    }
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(start);
    mem_free(x);
    mem_free(y);
}
END_TEST

/* Of any length, and nothing beyond. */
START_TEST(test_rounding)
{
    enum { N = 100 };
    Real *x = matrix_random(N, 1);
    x[3] = (Real)INFINITY, x[5] = -x[5], x[7] = (Real)-3e38;
    for (int n = 0; n < N; n++) {
        uint16_t y[N] = {0};
        halves_round(n, x, y);
        for (int i = 0; i < N; i++) ck_assert_uint_eq(y[i], i < n ? bf16_of((float)x[i]) : 0);
    }
    x[0] = (Real)NAN;
    uint16_t y;
    halves_round(1, x, &y);
    ck_assert(isnan(bf16_number(y)));
    mem_free(x);
}
END_TEST

START_TEST(test_rounding_of_rows)
{
    enum { M = 3, N = 37, LDX = 40, LDY = 50 };
    Real *x = matrix_random(M * LDX, 1);
    uint16_t y[M * LDY] = {0};
    halves_round_rows(M, N, x, LDX, y, LDY);
    for (int i = 0; i < M * LDY; i++)
        ck_assert_uint_eq(y[i], i % LDY < N ? bf16_of((float)x[i / LDY * LDX + i % LDY]) : 0);
    mem_free(x);
}
END_TEST

Suite *test_small_halves_suite(void);
Suite *test_small_halves_suite(void)
{
    Suite *s = suite_create("small_halves");
    TCase *t = tcase_create("small_halves");
    tcase_add_loop_test(t, test_integers_are_exact, 0, SIZES);
    tcase_add_test(t, test_rounding);
    tcase_add_test(t, test_rounding_of_rows);
    suite_add_tcase(s, t);
    return s;
}
