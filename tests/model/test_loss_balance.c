/* SPDX-License-Identifier: Apache-2.0 */
/* Weights from norms: equal products, moving averages, terms that are off. */
#include "model/loss_balance.h"

#include <check.h>
#include <math.h>

enum { N = LOSS_TERMS };

START_TEST(the_first_step_has_plain_weights)
{
    const LossBalance b = {0};
    double factor[N];
    loss_balance_factors(&b, factor);
    for (int i = 0; i < N; i++) ck_assert_double_eq(factor[i], 1);
    ck_assert(!loss_balance_begun(&b));
}
END_TEST

/* Factor times norm is the mean of the norms for each term. */
START_TEST(products_are_equal)
{
    LossBalance b = {0};
    double factor[N] = {1, 1, 1};
    loss_balance_update(&b, factor, (const double[]){8, 1, 3});
    ck_assert(loss_balance_begun(&b));
    loss_balance_factors(&b, factor);
    ck_assert_double_eq_tol(factor[0], 0.5, 1e-12);
    ck_assert_double_eq_tol(factor[1], 4, 1e-12);
    ck_assert_double_eq_tol(factor[2], 4.0 / 3, 1e-12);
    /* The norms under these factors, all 4, are those of before. */
    loss_balance_update(&b, factor, (const double[]){4, 4, 4});
    ck_assert_double_eq_tol(b.norm[0], 8, 1e-12);
    ck_assert_double_eq_tol(b.norm[1], 1, 1e-12);
    ck_assert_double_eq_tol(b.norm[2], 3, 1e-12);
}
END_TEST

START_TEST(averages_move)
{
    const double one[N] = {1, 1, 1};
    LossBalance b = {0};
    double want = 2;
    loss_balance_update(&b, one, (const double[]){2, 2, 2});
    for (int i = 0; i < 60; i++) {
        loss_balance_update(&b, one, (const double[]){5, 2, 5});
        want = 0.9 * want + 0.1 * 5;
        ck_assert_double_eq_tol(b.norm[0], want, 1e-12);
        ck_assert_double_eq_tol(b.norm[1], 2, 1e-12);
    }
    ck_assert_double_eq_tol(b.norm[2], 5, 0.01);
}
END_TEST

/* A term that is off takes no share; one without gradient, or with a bad one, keeps its own. */
START_TEST(norms_that_say_nothing)
{
    static const double bad[] = {0, (double)NAN, HUGE_VAL};
    const double one[N] = {1, 1, 1};
    LossBalance b = {0};
    double factor[N];
    loss_balance_update(&b, one, (const double[]){6, 0, 2});
    loss_balance_factors(&b, factor);
    ck_assert_double_eq_tol(factor[0], 4.0 / 6, 1e-12);
    ck_assert_double_eq(factor[1], 1);
    ck_assert_double_eq_tol(factor[2], 2, 1e-12);
    for (int i = 0; i < 3; i++) {
        loss_balance_update(&b, one, (const double[]){bad[i], bad[i], 2});
        ck_assert_double_eq(b.norm[0], 6);
        ck_assert_double_eq(b.norm[1], 0);
    }
}
END_TEST

Suite *test_loss_balance_suite(void);
Suite *test_loss_balance_suite(void)
{
    Suite *s = suite_create("loss_balance");
    TCase *t = tcase_create("loss_balance");
    tcase_add_test(t, the_first_step_has_plain_weights);
    tcase_add_test(t, products_are_equal);
    tcase_add_test(t, averages_move);
    tcase_add_test(t, norms_that_say_nothing);
    suite_add_tcase(s, t);
    return s;
}
