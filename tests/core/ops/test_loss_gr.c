/* SPDX-License-Identifier: Apache-2.0 */
/* The generalized robust loss. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>

static const GrOptions ordinary = {
    .slope = 1.5, .offset = -1, .mean = 0.7, .deviation = 0.6, .q_pos = 0.3, .q_neg = 1.2};
/* k and v do not depend on the score, so that differences give the complete gradient. */
static const GrOptions even = {
    .slope = 0, .offset = -1, .mean = 0, .deviation = 1e9, .q_pos = 0.3, .q_neg = 1.2};

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    return op_loss_gr(tape, x, y, *(const GrOptions *)options);
}

/* The loss of a negative with the weights k and v of the logit `at`. */
static long double negative(long double x, long double at, const GrOptions *o)
{
    const long double p = oracle_p(x), n = oracle_p(-x), from = oracle_p(at);
    const long double k =
        1 / (1 + expl(-((long double)o->slope * from + (long double)o->offset)));
    const long double z = (from - (long double)o->mean) / (long double)o->deviation;
    const long double q = (long double)o->q_pos, r = (long double)o->q_neg;
    return expl(-z * z / 2) * (k * (1 - powl(p, q)) / q + (1 - k) * (1 - powl(n, r)) / r);
}

static long double oracle(long double x, bool positive, const void *options)
{
    return positive ? -oracle_log_p(x) : negative(x, x, options);
}

static const GrOptions NO_EXPONENT = {.offset = -1, .deviation = 1, .q_pos = 0, .q_neg = 1};
static const LossCase LOSS = {"loss_gr", op, oracle, NULL, &even, .refused = &NO_EXPONENT};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* With weights that depend on the score. */
START_TEST(test_value_with_weights)
{
    enum { N = 6 };
    static const double at[N] = {-100, -2, -0.3, 0.4, 3, 100};
    Tape *tape = tape_new();
    for (int positive = 0; positive < 2; positive++) {
        Tensor *x = tape_tensor(tape, 2, (int64_t[]){1, N});
        Tensor *y = tape_tensor(tape, 2, (int64_t[]){1, N});
        long double want = 0;
        for (int i = 0; i < N; i++) {
            x->data[i] = (Real)at[i];
            y->data[i] = (Real)positive;
            want += oracle((long double)x->data[i], positive, &ordinary);
        }
        const double got = (double)op(tape, x, y, &ordinary)->data[0];
        ck_assert_double_eq_tol(got, (double)want, 1e-6 * fmax(1, (double)want));
    }
    tape_free(tape);
}
END_TEST

static const Real *slopes_of_negatives(Tape *tape, int n, const double *at, const GrOptions *o)
{
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){1, n});
    Tensor *y = tape_tensor(tape, 2, (int64_t[]){1, n});
    for (int i = 0; i < n; i++) x->data[i] = (Real)at[i], y->data[i] = 0;
    x->needs_grad = true;
    return loss_case_slopes(tape, op, x, y, o);
}

/* The slope of a negative is that of the loss with constant weights. */
START_TEST(test_weights_have_no_gradient)
{
    enum { N = 5 };
    static const double at[N] = {-3, -0.5, 0.2, 1.5, 3};
    const long double h = 1e-4L;
    Tape *tape = tape_new();
    const Real *slope = slopes_of_negatives(tape, N, at, &ordinary);
    for (int i = 0; i < N; i++) {
        const long double x = (long double)(Real)at[i];
        const long double up = negative(x + h, x, &ordinary),
                          down = negative(x - h, x, &ordinary);
        ck_assert_double_eq_tol((double)slope[i], (double)((up - down) / (2 * h)), 1e-6);
    }
    tape_free(tape);
}
END_TEST

/* A confident score of an unlabeled tag suggests a missing label and is pushed up; a low one is
 * pushed down. */
START_TEST(test_confident_negatives_are_pushed_up)
{
    const GrOptions o = {
        .slope = 8, .offset = -4, .mean = 0.8, .deviation = 0.5, .q_pos = 0.01, .q_neg = 1};
    static const double at[2] = {-2, 2};
    Tape *tape = tape_new();
    const Real *slope = slopes_of_negatives(tape, 2, at, &o);
    ck_assert(slope[0] > 0 && slope[1] < 0);
    tape_free(tape);
}
END_TEST

/* Without pseudo-labels and with exponents near 0 it is the binary cross entropy. */
START_TEST(test_limit_is_cross_entropy)
{
    const GrOptions o = {
        .slope = 0, .offset = -60, .mean = 0, .deviation = 1e9, .q_pos = 1, .q_neg = 1e-7};
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = loss_case_targets(tape);
    const double want = (double)op_loss_bce(tape, x, y)->data[0];
    ck_assert_double_eq_tol((double)op(tape, x, y, &o)->data[0], want, 1e-4);
    tape_free(tape);
}
END_TEST

START_TEST(test_other_bad_options)
{
    GrOptions o = ordinary;
    if (_i == 0) o.q_neg = 0;
    if (_i == 1) o.deviation = 0;
    Tape *tape = tape_new();
    op(tape, loss_case_logits(tape), loss_case_targets(tape), &o);
}
END_TEST

Suite *test_loss_gr_suite(void);
Suite *test_loss_gr_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_test(t, test_value_with_weights);
    tcase_add_test(t, test_weights_have_no_gradient);
    tcase_add_test(t, test_confident_negatives_are_pushed_up);
    tcase_add_test(t, test_limit_is_cross_entropy);
    tcase_add_loop_test_raise_signal(t, test_other_bad_options, SIGABRT, 0, 2);
    return s;
}
