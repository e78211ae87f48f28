/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling of relative position tables: properties of the spline for any sizes. */
#include "model/backbone/position_bias.h"

#include "core/mem.h"
#include "core/rng.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS = 3, MAX_SIDE = 23, MAX_LEN = MAX_SIDE * MAX_SIDE * HEADS };
static float table[MAX_LEN], out[MAX_LEN];

/* The source coordinates, computed independently: q is found by summing the progression. */
static void coordinates(int A, int B, double *x)
{
    double left = 1.01, right = 1.5, q = 0;
    while (right - left > 1e-6) {
        double sum = 0, term = 1;
        q = (left + right) / 2;
        for (int i = 0; i < A - 1; i++, term *= q) sum += term;
        *(sum > B - 1 ? &right : &left) = q;
    }
    for (int i = 0; i < 2 * A - 1; i++) {
        double at = 0;
        for (int k = 0; k < abs(i - (A - 1)); k++) at += pow(q, k);
        x[i] = i < A - 1 ? -at : at;
    }
}

/* A cubic in each direction, different for every head. */
static double cubic(int head, double r, double c)
{
    const double u = r / 10, v = c / 10;
    return (1 + head) * u * u * u - 2 * v * v * v + u * v * v * (head - 1) + 0.5 * u - v + head;
}

/* Not-a-knot splines reproduce cubics exactly within the range of the source. */
static void check_cubic(int A, int B)
{
    double x[MAX_SIDE];
    coordinates(A, B, x);
    const int n = 2 * A - 1, m = 2 * B - 1;
    for (int i = 0; i < n * n * HEADS; i++)
        table[i] = (float)cubic(i % HEADS, x[i / HEADS / n], x[i / HEADS % n]);
    ck_assert_int_eq(position_bias_resize(A, table, HEADS, B, out, NULL), 0);
    for (int i = 0; i < m * m * HEADS; i++) {
        const double r = fmin(fmax(i / HEADS / m - (B - 1), x[0]), x[n - 1]);
        const double c = fmin(fmax(i / HEADS % m - (B - 1), x[0]), x[n - 1]);
        const double want = cubic(i % HEADS, r, c);
        ck_assert_double_eq_tol((double)out[i], want, 1e-5 * fmax(1, fabs(want)));
    }
}

START_TEST(test_cubics_are_reproduced)
{
    static const int pair[][2] = {{3, 4}, {3, 5}, {4, 7}, {7, 12}, {7, 8}, {12, 7}, {8, 2}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) check_cubic(pair[i][0], pair[i][1]);
}
END_TEST

static void fill_random(int A)
{
    Rng rng = rng_new(8, 0, 0, RNG_TEST);
    const int n = (2 * A - 1) * (2 * A - 1) * HEADS;
    for (int i = 0; i < n; i++) table[i] = (float)rng_range(&rng, -1, 1);
}

START_TEST(test_same_window_copies)
{
    for (int A = 1; A <= 12; A++) {
        const size_t len = (size_t)((2 * A - 1) * (2 * A - 1) * HEADS);
        fill_random(A);
        ck_assert_int_eq(position_bias_resize(A, table, HEADS, A, out, NULL), 0);
        ck_assert(memcmp(out, table, len * sizeof *out) == 0);
    }
}
END_TEST

/* 0 and +-1 are coordinates of both source and target, so their values do not change. */
START_TEST(test_middle_is_kept)
{
    fill_random(7);
    ck_assert_int_eq(position_bias_resize(7, table, HEADS, 12, out, NULL), 0);
    for (int i = 0; i < 9 * HEADS; i++) {
        const int r = i / HEADS / 3 - 1, c = i / HEADS % 3 - 1, h = i % HEADS;
        const float want = table[((6 + r) * 13 + 6 + c) * HEADS + h];
        const float got = out[((11 + r) * 23 + 11 + c) * HEADS + h];
        ck_assert_double_eq_tol((double)got, (double)want, 1e-6);
    }
}
END_TEST

/* Rows and columns are treated alike: the transposed table gives the transposed result. */
START_TEST(test_transpose)
{
    static float turned[MAX_LEN], out_turned[MAX_LEN];
    fill_random(4);
    for (int i = 0; i < 49 * HEADS; i++) {
        const int r = i / HEADS / 7, c = i / HEADS % 7;
        turned[(c * 7 + r) * HEADS + i % HEADS] = table[i];
    }
    ck_assert_int_eq(position_bias_resize(4, table, HEADS, 6, out, NULL), 0);
    ck_assert_int_eq(position_bias_resize(4, turned, HEADS, 6, out_turned, NULL), 0);
    for (int i = 0; i < 121 * HEADS; i++) {
        const int r = i / HEADS / 11, c = i / HEADS % 11;
        ck_assert_double_eq_tol((double)out_turned[(c * 11 + r) * HEADS + i % HEADS],
                                (double)out[i], 1e-6);
    }
}
END_TEST

START_TEST(test_small_windows_are_refused)
{
    Error err = {0};
    ck_assert_int_eq(position_bias_resize(_i, table, HEADS, 7, out, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "too small for cubic"));
}
END_TEST

START_TEST(test_no_window) { position_bias_resize(0, table, HEADS, 7, out, NULL); }
END_TEST

Suite *test_position_bias_suite(void);
Suite *test_position_bias_suite(void)
{
    Suite *s = suite_create("position_bias");
    TCase *t = tcase_create("position_bias");
    tcase_add_test(t, test_cubics_are_reproduced);
    tcase_add_test(t, test_same_window_copies);
    tcase_add_test(t, test_middle_is_kept);
    tcase_add_test(t, test_transpose);
    tcase_add_loop_test(t, test_small_windows_are_refused, 1, 3);
    tcase_add_test_raise_signal(t, test_no_window, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
