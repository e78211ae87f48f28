/* SPDX-License-Identifier: Apache-2.0 */
/* Hill loss. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    return op_loss_hill(tape, x, y, *(const HillOptions *)options);
}

static long double oracle(long double x, bool positive, const void *options)
{
    const HillOptions *o = options;
    const long double p = oracle_p(x), m = x - (long double)o->margin;
    if (!positive) return ((long double)o->lambda - p) * p * p;
    return -powl(oracle_p(-m), (long double)o->gamma) * oracle_log_p(m);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    const HillOptions o = {.lambda = loss_case_option(options, "lamb", 1.5),
                           .margin = loss_case_option(options, "margin", 1),
                           .gamma = loss_case_option(options, "gamma", 2)};
    return op_loss_hill(tape, x, y, o);
}

static const HillOptions ORDINARY = {.lambda = 1.7, .margin = 0.6, .gamma = 1.5};
static const HillOptions NEGATIVE_GAMMA = {.lambda = 1.5, .margin = 1, .gamma = -1};
static const LossCase LOSS = {"loss_hill", op,        oracle,
                              stored,      &ORDINARY, .refused = &NEGATIVE_GAMMA};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* With the constants of the paper, the slope of a negative is 3 p^2 (1-p)^2: symmetric, largest
 * at p = 1/2, and zero at p = 0 and 1. */
START_TEST(test_slope_of_negatives_is_a_hill)
{
    const HillOptions o = {.lambda = 1.5, .margin = 1, .gamma = 2};
    enum { N = 5 };
    static const double at[N] = {-30, -1, 0, 1, 30};
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){1, N});
    Tensor *y = tape_tensor(tape, 2, (int64_t[]){1, N});
    for (int i = 0; i < N; i++) x->data[i] = (Real)at[i], y->data[i] = 0;
    x->needs_grad = true;
    const Real *slope = loss_case_slopes(tape, op, x, y, &o);
    ck_assert_double_eq_tol((double)slope[2], 3.0 / 16, 1e-7);
    ck_assert_double_eq_tol((double)slope[1], (double)slope[3], 1e-7);
    ck_assert(slope[1] > 0 && slope[1] < slope[2]);
    ck_assert(fabs((double)slope[0]) < 1e-12 && fabs((double)slope[4]) < 1e-12);
    tape_free(tape);
}
END_TEST

Suite *test_loss_hill_suite(void);
Suite *test_loss_hill_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_test(t, test_slope_of_negatives_is_a_hill);
    return s;
}
