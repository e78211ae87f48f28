/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW: values against its algorithm in double and by hand, and parameters that must not
 * change. */
#include "optim/adamw.h"

#include "core/math/gemm.h"
#include "core/mem.h"
#include "tests/optim/param_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static const AdamWConfig CONFIG = {
    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05};

static ParamSet *ps;
static AdamW *opt;

static void set_up(void)
{
    ps = param_case();
    opt = adamw_new(CONFIG, ps);
}

static void tear_down(void)
{
    adamw_free(opt);
    param_set_free(ps);
}

/* One parameter as PyTorch's documentation states the algorithm, in double. */
typedef struct Oracle {
    double p, m, v;
} Oracle;

static void oracle_step(Oracle *o, double g, int t, double lr, AdamWConfig c)
{
    o->p -= lr * c.weight_decay * o->p;
    o->m = c.beta1 * o->m + (1 - c.beta1) * g;
    o->v = c.beta2 * o->v + (1 - c.beta2) * g * g;
    const double m_hat = o->m / (1 - pow(c.beta1, t)), v_hat = o->v / (1 - pow(c.beta2, t));
    o->p -= lr * m_hat / (sqrt(v_hat) + c.eps);
}

START_TEST(test_twenty_steps)
{
    Oracle *o = mem_calloc((size_t)ps->len, sizeof *o);
    for (int64_t i = 0; i < ps->len; i++) o[i].p = (double)ps->data[i];
    for (int t = 1; t <= 20; t++) {
        const double lr = 1e-2 / t;
        param_case_gradients(ps, (uint64_t)t);
        for (int64_t i = 0; i < ps->len; i++)
            oracle_step(&o[i], (double)ps->grad[i], t, lr, opt->config);
        adamw_step(opt, ps, lr);
    }
    ck_assert_int_eq(opt->step, 20);
    for (int64_t i = 0; i < ps->len; i++) {
        ck_assert_double_eq_tol((double)ps->data[i], o[i].p, 1e-6);
        ck_assert_double_eq_tol((double)opt->m.full[i], o[i].m, 1e-5 * fmax(1, fabs(o[i].m)));
        ck_assert_double_eq_tol((double)opt->v.full[i], o[i].v, 1e-5 * fmax(1, o[i].v));
    }
    mem_free(o);
}
END_TEST

/* beta1 0.5, beta2 0.75, negligible eps, lr 0.1, decay 1: gradients 2, 2, -2 from p = 1.
 *   step 1: p = 0.9; m = 1, v = 1; hats 2 and 4; p = 0.9 - 0.1 = 0.8
 *   step 2: p = 0.72; m = 1.5, v = 1.75; hats 2 and 4; p = 0.72 - 0.1 = 0.62
 *   step 3: p = 0.558; m = -0.25, v = 2.3125; hats -2/7 and 4; p = 0.558 + 0.1/7 */
START_TEST(test_three_steps_by_hand)
{
    const AdamWConfig config = {.beta1 = 0.5, .beta2 = 0.75, .eps = 1e-12, .weight_decay = 1};
    static const double gradient[3] = {2, 2, -2}, want[3] = {0.8, 0.62, 0.558 + 0.1 / 7};
    AdamW *by_hand = adamw_new(config, ps);
    Param *c = param_case_get(ps, "c");
    c->tensor.data[0] = 1;
    for (int i = 0; i < 3; i++) {
        c->tensor.grad[0] = (Real)gradient[i];
        adamw_step(by_hand, ps, 0.1);
        ck_assert_double_eq_tol((double)c->tensor.data[0], want[i], 1e-6);
    }
    ck_assert_double_eq_tol((double)by_hand->m.full[c->offset], -0.25, 1e-6);
    ck_assert_double_eq_tol((double)by_hand->v.full[c->offset], 2.3125, 1e-6);
    adamw_free(by_hand);
}
END_TEST

START_TEST(test_frozen_is_untouched)
{
    const Param *b = param_case_get(ps, "b"), *d = param_case_get(ps, "d");
    Real *before = mem_alloc((size_t)ps->len * sizeof *before);
    memcpy(before, ps->data, (size_t)ps->len * sizeof *before);
    ck_assert_int_eq(param_set_freeze(ps, "b,d"), 2);
    for (int i = 0; i < 3; i++) adamw_step(opt, ps, 0.1);
    for (int64_t i = 0; i < ps->len; i++) {
        const bool frozen =
            (i >= b->offset && i < b->offset + b->len) || i >= d->offset; /* d is last */
        const bool padding = before[i] == 0;
        ck_assert_msg((frozen || padding) == (ps->data[i] == before[i]), "element %ld", i);
        if (frozen) ck_assert(opt->m.full[i] == 0 && opt->v.full[i] == 0);
    }
    mem_free(before);
}
END_TEST

/* Without a gradient only weight decay changes a parameter, and only if it is not no_decay. */
START_TEST(test_no_decay)
{
    param_set_zero_grad(ps);
    Real *before = mem_alloc((size_t)ps->len * sizeof *before);
    memcpy(before, ps->data, (size_t)ps->len * sizeof *before);
    ck_assert_int_eq(param_set_no_decay(ps, "b, c"), 2);
    adamw_step(opt, ps, 0.5);
    for (int64_t i = 0; i < ps->count; i++) {
        const Param *p = ps->param[i];
        const double keep = p->no_decay ? 1 : 1 - 0.5 * 0.05;
        for (int64_t k = 0; k < p->len; k++)
            ck_assert_double_eq_tol((double)p->tensor.data[k],
                                    keep * (double)before[p->offset + k], 1e-7);
    }
    mem_free(before);
}
END_TEST

/* The first step is lr times the sign of the gradient, independent of its size. */
START_TEST(test_first_step_is_the_rate)
{
    AdamWConfig config = CONFIG;
    config.weight_decay = 0;
    AdamW *plain = adamw_new(config, ps);
    Param *b = param_case_get(ps, "b");
    for (int64_t k = 0; k < b->len; k++) {
        b->tensor.data[k] = 0;
        b->tensor.grad[k] = (Real)((k % 2 ? 1 : -1) * pow(10, (double)(k % 9) - 4));
    }
    adamw_step(plain, ps, 0.01);
    for (int64_t k = 0; k < b->len; k++)
        ck_assert_double_eq_tol((double)b->tensor.data[k], k % 2 ? -0.01 : 0.01, 2e-6);
    adamw_free(plain);
}
END_TEST

/* A parameter with lr_scale 1/3 changes like all parameters do at a third of the rate,
 * including decay. */
START_TEST(test_scaled_rate)
{
    ParamSet *slow = param_case();
    AdamW *other = adamw_new(CONFIG, slow);
    Param *a = param_case_get(ps, "b"), *b = param_case_get(slow, "b");
    ck_assert_int_eq(param_set_lr_scale(ps, "b", 1.0 / 3), 1);
    for (uint64_t t = 1; t <= 3; t++) {
        param_case_gradients(ps, t);
        param_case_gradients(slow, t);
        adamw_step(opt, ps, 0.03);
        adamw_step(other, slow, 0.01);
    }
    for (int64_t k = 0; k < a->len; k++)
        ck_assert_double_eq_tol((double)a->tensor.data[k], (double)b->tensor.data[k], 1e-7);
    ck_assert_mem_ne(ps->data, slow->data, (size_t)ps->len * sizeof(Real));
    adamw_free(other);
    param_set_free(slow);
}
END_TEST

START_TEST(test_padding_stays_zero)
{
    for (int i = 0; i < 5; i++) adamw_step(opt, ps, 0.1);
    for (int64_t i = 0; i < ps->count; i++) {
        const int64_t end = i + 1 < ps->count ? ps->param[i + 1]->offset : ps->len;
        for (int64_t k = ps->param[i]->offset + ps->param[i]->len; k < end; k++)
            ck_assert(ps->data[k] == 0 && opt->m.full[k] == 0 && opt->v.full[k] == 0);
    }
}
END_TEST

/* Values after two steps, for a set long enough to use every thread. */
static void run_long(int threads, Real *out, int64_t n)
{
    gemm_set_threads(threads);
    ParamSet *longer = param_set_new();
    param_add(longer, (ParamInit){PARAM_NORMAL, 1}, 1, &n, "long");
    param_set_build(longer);
    param_set_init(longer, 1);
    for (int64_t i = 0; i < n; i++) longer->grad[i] = longer->data[n - 1 - i];
    AdamW *o = adamw_new(CONFIG, longer);
    for (int i = 0; i < 2; i++) adamw_step(o, longer, 0.01);
    memcpy(out, longer->data, (size_t)n * sizeof *out);
    adamw_free(o);
    param_set_free(longer);
}

START_TEST(test_same_bits_for_any_threads)
{
    enum { N = 10007 };
    Real *one = mem_alloc(N * sizeof *one), *many = mem_alloc(N * sizeof *many);
    run_long(1, one, N);
    for (int threads = 2; threads <= 3; threads++) {
        run_long(threads, many, N);
        ck_assert_msg(memcmp(one, many, N * sizeof *one) == 0, "%d threads differ", threads);
    }
    mem_free(one);
    mem_free(many);
}
END_TEST

START_TEST(test_other_parameters)
{
    ParamSet *other = param_set_new();
    param_add(other, (ParamInit){PARAM_CONSTANT, 1}, 0, NULL, "x");
    param_set_build(other);
    adamw_step(opt, other, 0.1);
}
END_TEST

START_TEST(test_no_eps)
{
    AdamWConfig config = CONFIG;
    config.eps = 0;
    adamw_new(config, ps);
}
END_TEST

Suite *test_adamw_suite(void);
Suite *test_adamw_suite(void)
{
    Suite *s = suite_create("adamw");
    TCase *t = tcase_create("adamw");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_twenty_steps);
    tcase_add_test(t, test_three_steps_by_hand);
    tcase_add_test(t, test_frozen_is_untouched);
    tcase_add_test(t, test_no_decay);
    tcase_add_test(t, test_first_step_is_the_rate);
    tcase_add_test(t, test_scaled_rate);
    tcase_add_test(t, test_padding_stays_zero);
    tcase_add_test(t, test_same_bits_for_any_threads);
    tcase_add_test_raise_signal(t, test_other_parameters, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_eps, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
