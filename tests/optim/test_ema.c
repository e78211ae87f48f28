/* SPDX-License-Identifier: Apache-2.0 */
/* Shadow parameters. */
#include "optim/ema.h"

#include "core/mem.h"
#include "tests/optim/param_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static ParamSet *ps;

static void set_up(void) { ps = param_case(); }
static void tear_down(void) { param_set_free(ps); }

static void move(double by)
{
    for (int64_t i = 0; i < ps->count; i++)
        for (int64_t k = 0; k < ps->param[i]->len; k++)
            ps->param[i]->tensor.data[k] += (Real)(by * (double)(k % 3 - 1));
}

/* After n updates the average is decay^n times the start plus the weighted later values. */
START_TEST(test_closed_form)
{
    enum { N = 12 };
    const double decay = 0.8;
    Ema *ema = ema_new(ps, decay);
    double *want = mem_alloc((size_t)ps->len * sizeof *want);
    for (int64_t i = 0; i < ps->len; i++) want[i] = pow(decay, N) * (double)ps->data[i];
    for (int n = 1; n <= N; n++) {
        move(0.1 * n);
        for (int64_t i = 0; i < ps->len; i++)
            want[i] += (1 - decay) * pow(decay, N - n) * (double)ps->data[i];
        ema_update(ema, ps);
    }
    for (int64_t i = 0; i < ps->len; i++)
        ck_assert_double_eq_tol((double)ema->shadow[i], want[i], 1e-5);
    mem_free(want);
    ema_free(ema);
}
END_TEST

START_TEST(test_starts_at_the_parameters_and_stays)
{
    Ema *ema = ema_new(ps, 0.9);
    for (int i = 0; i < 50; i++) ema_update(ema, ps);
    for (int64_t i = 0; i < ps->len; i++) ck_assert(ema->shadow[i] == (float)ps->data[i]);
    ema_free(ema);
}
END_TEST

START_TEST(test_no_decay_follows_at_once)
{
    Ema *ema = ema_new(ps, 0);
    move(0.5);
    ema_update(ema, ps);
    for (int64_t i = 0; i < ps->len; i++)
        ck_assert_double_eq_tol((double)ema->shadow[i], (double)ps->data[i], 1e-7);
    ema_free(ema);
}
END_TEST

START_TEST(test_swap_twice_is_nothing)
{
    const size_t bytes = (size_t)ps->len * sizeof *ps->data;
    Ema *ema = ema_new(ps, 0.7);
    move(0.3);
    ema_update(ema, ps);
    Real *before = mem_alloc(bytes);
    memcpy(before, ps->data, bytes);
    const float shadow = ema->shadow[0];
    ema_swap(ema, ps);
    ck_assert((float)ps->data[0] == shadow && ema->shadow[0] == (float)before[0]);
    ck_assert(memcmp(before, ps->data, bytes) != 0);
    ema_swap(ema, ps);
    ck_assert(memcmp(before, ps->data, bytes) == 0);
    mem_free(before);
    ema_free(ema);
}
END_TEST

START_TEST(test_decay_of_one) { ema_new(ps, 1); }
END_TEST

START_TEST(test_other_parameters)
{
    Ema *ema = ema_new(ps, 0.9);
    ParamSet *other = param_set_new();
    param_add(other, (ParamInit){PARAM_CONSTANT, 1}, 0, NULL, "x");
    param_set_build(other);
    ema_update(ema, other);
}
END_TEST

Suite *test_ema_suite(void);
Suite *test_ema_suite(void)
{
    Suite *s = suite_create("ema");
    TCase *t = tcase_create("ema");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_closed_form);
    tcase_add_test(t, test_starts_at_the_parameters_and_stays);
    tcase_add_test(t, test_no_decay_follows_at_once);
    tcase_add_test(t, test_swap_twice_is_nothing);
    tcase_add_test_raise_signal(t, test_decay_of_one, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_parameters, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
