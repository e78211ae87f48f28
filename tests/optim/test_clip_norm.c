/* SPDX-License-Identifier: Apache-2.0 */
/* The global norm, and clipping by it. */
#include "optim/clip_norm.h"

#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/optim/param_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static ParamSet *ps;

static void set_up(void) { ps = param_case(); }
static void tear_down(void) { param_set_free(ps); }

/* Sums over the named parameters, not over the flat array. */
static double oracle_norm(void)
{
    long double sum = 0;
    for (int64_t i = 0; i < ps->count; i++)
        for (int64_t k = 0; ps->param[i]->tensor.grad && k < ps->param[i]->len; k++) {
            const long double g = (long double)ps->param[i]->tensor.grad[k];
            sum += g * g;
        }
    return (double)sqrtl(sum);
}

START_TEST(test_norm)
{
    const double want = oracle_norm();
    ck_assert_double_eq_tol(clip_norm(ps, 0), want, 1e-12 * want);
    ck_assert(oracle_norm() == want); /* max_norm 0 only measures */
    ck_assert_double_eq_tol(clip_norm(ps, 2 * want), want, 1e-12 * want);
    ck_assert(oracle_norm() == want); /* below the limit: not scaled */
    ck_assert_double_eq_tol(clip_norm(ps, 0.25), want, 1e-12 * want);
    ck_assert_double_eq_tol(oracle_norm(), 0.25, 1e-6);
}
END_TEST

/* By hand: 3 and 4 have norm 5; clipped to 1 they are 0.6 and 0.8. */
START_TEST(test_direction_is_kept)
{
    param_set_zero_grad(ps);
    Real *a = param_case_get(ps, "a")->tensor.grad, *d = param_case_get(ps, "d")->tensor.grad;
    a[7] = 3;
    d[65] = -4;
    ck_assert_double_eq_tol(clip_norm(ps, 1), 5, 1e-12);
    ck_assert_double_eq_tol((double)a[7], 0.6, 1e-6);
    ck_assert_double_eq_tol((double)d[65], -0.8, 1e-6);
}
END_TEST

START_TEST(test_zero_gradients)
{
    param_set_zero_grad(ps);
    ck_assert(clip_norm(ps, 1) == 0.0);
    ck_assert(oracle_norm() == 0.0);
}
END_TEST

START_TEST(test_frozen_does_not_count)
{
    ps->grad[param_case_get(ps, "b")->offset] = (Real)1e6; /* left from before freezing */
    param_set_freeze(ps, "b");
    const double want = oracle_norm();
    ck_assert_double_eq_tol(clip_norm(ps, 0), want, 1e-12 * want);
}
END_TEST

/* Any non-finite element makes the norm non-finite, and nothing is scaled. */
START_TEST(test_non_finite)
{
    static const double bad[3] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
    for (int64_t i = 0; i < ps->count; i++) {
        Real *g = &ps->param[i]->tensor.grad[ps->param[i]->len - 1], kept = *g;
        const Real first = ps->grad[0];
        *g = (Real)bad[_i];
        ck_assert(!isfinite(clip_norm(ps, 0.1)));
        ck_assert(ps->grad[0] == first || i == 0);
        *g = kept;
    }
    ck_assert(isfinite(clip_norm(ps, 0)));
}
END_TEST

/* The largest floats do not overflow. */
START_TEST(test_huge_is_finite)
{
    for (int64_t k = 0; k < 5; k++) ps->grad[k] = (Real)3e38;
    ck_assert_double_eq_tol(clip_norm(ps, 1) / 3e38, sqrt(5), 1e-6);
}
END_TEST

START_TEST(test_same_bits_for_any_threads)
{
    const int64_t n = 100003;
    ParamSet *longer = param_set_new();
    param_add(longer, (ParamInit){PARAM_CONSTANT, 0}, 1, &n, "long");
    param_set_build(longer);
    Rng rng = rng_new(3, 0, 0, RNG_TEST);
    long double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        longer->grad[i] = (Real)rng_normal(&rng);
        sum += (long double)longer->grad[i] * (long double)longer->grad[i];
    }
    gemm_set_threads(1);
    const double one = clip_norm(longer, 0);
    ck_assert_double_eq_tol(one, (double)sqrtl(sum), 1e-10);
    for (int threads = 2; threads <= 5; threads++) {
        gemm_set_threads(threads);
        const double many = clip_norm(longer, 0);
        ck_assert_msg(memcmp(&one, &many, sizeof one) == 0, "%d threads differ", threads);
    }
    param_set_free(longer);
}
END_TEST

START_TEST(test_negative_limit) { clip_norm(ps, -1); }
END_TEST

Suite *test_clip_norm_suite(void);
Suite *test_clip_norm_suite(void)
{
    Suite *s = suite_create("clip_norm");
    TCase *t = tcase_create("clip_norm");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_norm);
    tcase_add_test(t, test_direction_is_kept);
    tcase_add_test(t, test_zero_gradients);
    tcase_add_test(t, test_frozen_does_not_count);
    tcase_add_loop_test(t, test_non_finite, 0, 3);
    tcase_add_test(t, test_huge_is_finite);
    tcase_add_test(t, test_same_bits_for_any_threads);
    tcase_add_test_raise_signal(t, test_negative_limit, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
