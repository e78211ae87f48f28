/* SPDX-License-Identifier: Apache-2.0 */
/* Products that shards put off, against sums written out. */
#include "core/autograd/deferred.h"

#include <check.h>

enum { SHARDS = 3, N = 3, K = 2, ROWS = 5 };

static Real x[SHARDS][ROWS * K], dy[SHARDS][ROWS * N];

static void setup(void)
{
    for (int s = 0; s < SHARDS; s++) {
        for (int i = 0; i < ROWS * K; i++) x[s][i] = (Real)(i * i % 7 - 3 + s);
        for (int i = 0; i < ROWS * N; i++) dy[s][i] = (Real)(i % 5 - 2 * s);
    }
}

static DeferredProduct product(Real *dw, int s, int64_t rows)
{
    return (DeferredProduct){.dw = dw, .rows = rows, .N = N, .K = K, .x = x[s], .dy = dy[s]};
}

static double sum(int s, int64_t rows, int n, int k)
{
    double out = 0;
    for (int64_t r = 0; r < rows; r++)
        out += (double)dy[s][r * N + n] * (double)x[s][r * K + k];
    return out;
}

/* Two weights: one of all shards, with other numbers of rows, one of a single shard. */
START_TEST(adds_the_rows_of_all_shards)
{
    static const int64_t rows[SHARDS] = {ROWS, 1, 3};
    Deferred list[SHARDS] = {{0}};
    Real all[N * K], one[N * K];
    for (int i = 0; i < N * K; i++) all[i] = one[i] = (Real)i;
    deferred_add(&list[1], product(one, 1, 2));
    for (int s = 0; s < SHARDS; s++) deferred_add(&list[s], product(all, s, rows[s]));
    deferred_run(list, SHARDS);
    for (int i = 0; i < N * K; i++) {
        double want = i;
        for (int s = 0; s < SHARDS; s++) want += sum(s, rows[s], i / K, i % K);
        ck_assert_double_eq_tol((double)all[i], want, 1e-4);
        ck_assert_double_eq_tol((double)one[i], i + sum(1, 2, i / K, i % K), 1e-4);
    }
    for (int s = 0; s < SHARDS; s++) ck_assert_int_eq(list[s].count, 0);
    deferred_run(list, SHARDS); /* nothing is left to add */
    ck_assert_double_eq_tol((double)one[0], sum(1, 2, 0, 0), 1e-4);
    for (int s = 0; s < SHARDS; s++) deferred_free(&list[s]);
}
END_TEST

START_TEST(nothing_was_put_off)
{
    Deferred list[SHARDS] = {{0}};
    deferred_run(list, SHARDS);
    ck_assert_ptr_null(list[0].scratch);
}
END_TEST

Suite *test_deferred_suite(void);
Suite *test_deferred_suite(void)
{
    Suite *s = suite_create("deferred");
    TCase *t = tcase_create("deferred");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, adds_the_rows_of_all_shards);
    tcase_add_test(t, nothing_was_put_off);
    suite_add_tcase(s, t);
    return s;
}
