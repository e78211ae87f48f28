/* SPDX-License-Identifier: Apache-2.0 */
/* Linear layers in 8-bit integers: exact where nothing is rounded, otherwise as close as the
 * rounding allows. */
#include "core/math/int8.h"

#include "core/math/onednn.h"
#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Size SIZE[] = {{1, 1, 1},      {1, 32, 64},    {7, 33, 65},  {130, 67, 257},
                            {700, 520, 64}, {64, 40, 4096}, {2, 3000, 70}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

static bool missing(void)
{
    if (int8_missing()) printf("int8: not checked: %s\n", int8_missing());
    return int8_missing() != NULL;
}

/* y [M, N] of x [M, K], w [N, K], b [N] or NULL. The caller frees it. */
static Real *layer(Size s, const Real *x, const Real *w, const Real *b)
{
    Onednn *m = int8_new();
    Int8Weights *rounded = int8_weights_new(s.N, s.K, w);
    Real *y = mem_alloc((size_t)(s.M * s.N) * sizeof *y);
    void *scratch = mem_alloc(int8_scratch_bytes(s.M, s.K));
    int8_linear(m, rounded, s.M, x, (Finish){.bias = b}, y, scratch);
    mem_free(scratch);
    int8_weights_free(rounded);
    onednn_free(m);
    return y;
}

/* Integers: one row in 0 .. 255, with both, and weights in -127 .. 127 with the largest. */
static void make_integers(Size s, Real *x, Real *w)
{
    for (int64_t i = 0; i < s.M * s.K; i++) x[i] = (Real)(i * 37 % 256);
    for (int64_t m = 0; m < s.M; m++) {
        x[m * s.K] = 255;
        if (s.K > 1) x[m * s.K + s.K - 1] = 0;
    }
    for (int64_t i = 0; i < s.N * s.K; i++) w[i] = (Real)(i * 29 % 15 - 7);
    for (int64_t n = 0; n < s.N; n++) w[n * s.K] = n % 2 ? 127 : -127;
}

START_TEST(integers_are_exact)
{
    if (missing()) return;
    const Size s = SIZE[_i];
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2),
         *b = matrix_integers(s.N, 3);
    make_integers(s, x, w);
    Real *y = layer(s, x, w, b);
    for (int64_t m = 0; m < s.M; m++)
        for (int64_t n = 0; n < s.N; n++) {
            double want = (double)b[n];
            for (int64_t k = 0; k < s.K; k++) want += (double)(x[m * s.K + k] * w[n * s.K + k]);
            ck_assert_double_eq((double)y[m * s.N + n], want);
        }
    mem_free(y);
    mem_free(b);
    mem_free(w);
    mem_free(x);
}
END_TEST

/* Half a step of x, and half a step of w, in every term. */
static void check_close(Size s, const Real *x, const Real *w, const Real *y, int64_t m,
                        int64_t n)
{
    double low = HUGE_VAL, high = -HUGE_VAL, largest = 0, want = 0, most = 1e-5;
    for (int64_t k = 0; k < s.K; k++) {
        low = fmin(low, (double)x[m * s.K + k]);
        high = fmax(high, (double)x[m * s.K + k]);
        largest = fmax(largest, fabs((double)w[n * s.K + k]));
    }
    const double step = (high - low) / 255, scale = largest / 127;
    for (int64_t k = 0; k < s.K; k++) {
        const double a = (double)x[m * s.K + k], c = (double)w[n * s.K + k];
        want += a * c;
        most += 0.501 * (step * (fabs(c) + scale / 2) + scale * fabs(a));
    }
    ck_assert_double_eq_tol((double)y[m * s.N + n], want, most);
}

START_TEST(others_are_close)
{
    if (missing()) return;
    const Size s = SIZE[_i];
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    for (int64_t k = 0; k < s.K; k++) x[k] = 100 + 30 * x[k]; /* a row far from 0 */
    Real *y = layer(s, x, w, NULL);
    for (int64_t m = 0; m < s.M; m++)
        for (int64_t n = 0; n < s.N; n++) check_close(s, x, w, y, m, n);
    mem_free(y);
    mem_free(w);
    mem_free(x);
}
END_TEST

/* A row does not depend on the others, nor on the number of threads. */
START_TEST(rows_are_apart)
{
    if (missing()) return;
    const Size s = SIZE[_i], one = {1, s.N, s.K};
    const size_t row = (size_t)s.N * sizeof(Real);
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    Real *y = layer(s, x, w, NULL);
    omp_set_num_threads(3);
    Real *again = layer(s, x, w, NULL);
    ck_assert_int_eq(memcmp(y, again, (size_t)s.M * row), 0);
    for (int64_t m = 0; m < s.M; m += 1 + s.M / 3) {
        Real *alone = layer(one, x + m * s.K, w, NULL);
        ck_assert_int_eq(memcmp(y + m * s.N, alone, row), 0);
        mem_free(alone);
    }
    mem_free(again);
    mem_free(y);
    mem_free(w);
    mem_free(x);
}
END_TEST

START_TEST(odd_rows)
{
    if (missing()) return;
    const Size s = {7, 40, 64};
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    Real *before = layer(s, x, w, NULL);
    for (int64_t k = 0; k < s.K; k++) {
        x[0 * s.K + k] = 3;                /* a row of equal numbers */
        x[1 * s.K + k] = 1e-42F * (Real)k; /* and of numbers too close to 0 */
        w[0 * s.K + k] = 0;                /* weights that are all 0 */
    }
    x[2 * s.K + 5] = (Real)NAN;
    x[3 * s.K + 63] = (Real)INFINITY;
    x[4 * s.K + 1] = (Real)-INFINITY;
    x[5 * s.K + 1] = -3e38F; /* finite numbers whose range is not */
    x[5 * s.K + 2] = 3e38F;
    Real *y = layer(s, x, w, NULL);
    for (int64_t n = 1; n < s.N; n++) {
        check_close(s, x, w, y, 0, n);
        check_close(s, x, w, y, 1, n);
        for (int64_t m = 2; m < 6; m++) ck_assert(isnan(y[m * s.N + n]));
        ck_assert(y[6 * s.N + n] == before[6 * s.N + n]);
    }
    ck_assert(y[0] == 0 && y[6 * s.N] == 0 && isnan(y[2 * s.N]));
    mem_free(y);
    mem_free(before);
    mem_free(w);
    mem_free(x);
}
END_TEST

START_TEST(too_long_a_sum)
{
    const Real w = 1;
    int8_weights_new(1, (1 << 16) + 1, &w);
}
END_TEST

/* An environment variable of oneDNN makes any processor behave like one without VNNI. */
START_TEST(needs_vnni)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE", 1);
    ck_assert_ptr_nonnull(int8_missing());
    int8_new();
}
END_TEST

Suite *test_int8_suite(void);
Suite *test_int8_suite(void)
{
    Suite *s = suite_create("int8");
    TCase *c = tcase_create("int8");
    tcase_add_loop_test(c, integers_are_exact, 0, SIZES);
    tcase_add_loop_test(c, others_are_close, 0, SIZES);
    tcase_add_loop_test(c, rows_are_apart, 0, SIZES);
    tcase_add_test(c, odd_rows);
    tcase_add_test_raise_signal(c, too_long_a_sum, SIGABRT);
    tcase_add_test_raise_signal(c, needs_vnni, SIGABRT);
    suite_add_tcase(s, c);
    return s;
}
