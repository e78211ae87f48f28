/* SPDX-License-Identifier: Apache-2.0 */
/* Asymmetric loss. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

static const AslOptions USUAL = {.gamma_neg = 4, .gamma_pos = 1, .clip = 0.05};

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    return op_loss_asl(tape, x, y, *(const AslOptions *)options);
}

static long double oracle(long double x, bool positive, const void *options)
{
    const AslOptions *o = options;
    const long double p = oracle_p(x), q = oracle_p(-x), clip = (long double)o->clip;
    if (positive) return -powl(q, (long double)o->gamma_pos) * logl(fmaxl(p, 1e-8L));
    const long double left = fmaxl(p - clip, 0);
    return -powl(left, (long double)o->gamma_neg) * logl(fmaxl(fminl(q + clip, 1), 1e-8L));
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    const AslOptions o = {.gamma_neg = loss_case_option(options, "gneg", 7),
                          .gamma_pos = loss_case_option(options, "gpos", 0),
                          .clip = loss_case_option(options, "clip", 0.05),
                          .focal_grad = loss_case_option(options, "focal_grad", 0) != 0};
    return op_loss_asl(tape, x, y, o);
}

static const AslOptions ORDINARY = {
    .gamma_neg = 3, .gamma_pos = 1.5, .clip = 0.04, .focal_grad = true};
static const AslOptions CLIP_OF_ONE = {.gamma_neg = 4, .clip = 1};
static const LossCase LOSS = {"loss_asl", op,        oracle,
                              stored,     &ORDINARY, .refused = &CLIP_OF_ONE};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* Below the clip, value and gradient of a negative are exactly zero, whatever the options. */
START_TEST(test_negatives_below_the_clip_are_exactly_zero)
{
    enum { N = 4001 };
    AslOptions o = {.gamma_neg = _i % 2 ? 0 : 7, .clip = 0.05, .focal_grad = _i / 2};
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){1, N});
    Tensor *y = tape_tensor(tape, 2, (int64_t[]){1, N});
    const double edge = log(0.05 / 0.95); /* p = clip */
    for (int i = 0; i < N; i++) x->data[i] = (Real)(edge + (i - 2000) * 0.01), y->data[i] = 0;
    x->needs_grad = true;
    const Real *slope = loss_case_slopes(tape, op, x, y, &o);
    for (int i = 0; i < 2000; i++)
        ck_assert_msg(slope[i] == 0, "%g at %d", (double)slope[i], i);
    for (int i = 2060; i < N; i++) ck_assert_msg(slope[i] > 0, "%g at %d", (double)slope[i], i);
    tape_free(tape);
}
END_TEST

/* With the gradient stopped at the focusing weight, each slope is the weight times the slope of
 * the shifted cross entropy; with focal_grad it is not. */
START_TEST(test_gradient_stops_at_the_focusing_weight)
{
    const AslOptions plain = {.clip = USUAL.clip};
    AslOptions through = USUAL;
    through.focal_grad = true;
    Tape *tape = tape_new();
    Tensor *y = loss_case_targets(tape), *x[3];
    for (int i = 0; i < 3; i++) x[i] = loss_case_logits(tape);
    const Real *stopped = loss_case_slopes(tape, op, x[0], y, &USUAL);
    const Real *base = loss_case_slopes(tape, op, x[1], y, &plain);
    const Real *whole = loss_case_slopes(tape, op, x[2], y, &through);
    for (int64_t i = 0; i < tensor_len(y); i++) {
        const double p = 1 / (1 + exp(-(double)x[0]->data[i]));
        const double weight = y->data[i] > 0 ? 1 - p : pow(fmax(p - 0.05, 0), 4);
        ck_assert_double_eq_tol((double)stopped[i], weight * (double)base[i], 1e-7);
        ck_assert(stopped[i] == 0 || fabs((double)(whole[i] - stopped[i])) > 1e-5);
    }
    tape_free(tape);
}
END_TEST

/* Without focusing and clip it is binary cross entropy, up to the floor of the logarithm. */
START_TEST(test_plain_is_bce)
{
    const AslOptions plain = {.gamma_neg = 0};
    Tape *tape = tape_new();
    Tensor *y = loss_case_targets(tape), *a = loss_case_logits(tape);
    Tensor *asl = op(tape, a, y, &plain), *bce = op_loss_bce(tape, a, y);
    ck_assert_double_eq_tol((double)asl->data[0], (double)bce->data[0], 1e-5);
    tape_free(tape);
}
END_TEST

START_TEST(test_floor_has_no_gradient)
{
    Tape *tape = tape_new();
    const float logits[2] = {-19, 19}, targets[2] = {1, 0}; /* p and 1 - p are 5.6e-9 */
    const AslOptions plain = {.gamma_neg = 0};
    Tensor *x = tape_input(tape, 2, (int64_t[]){1, 2}, logits);
    Tensor *y = tape_input(tape, 2, (int64_t[]){1, 2}, targets);
    x->needs_grad = true;
    const Tensor *loss = op(tape, x, y, &plain);
    ck_assert_double_eq_tol((double)loss->data[0], 16 * log(10), 1e-5);
    const Real *slope = loss_case_slopes(tape, op, x, y, &plain);
    ck_assert(slope[0] == 0 && slope[1] == 0);
    tape_free(tape);
}
END_TEST

Suite *test_loss_asl_suite(void);
Suite *test_loss_asl_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_loop_test(t, test_negatives_below_the_clip_are_exactly_zero, 0, 4);
    tcase_add_test(t, test_gradient_stops_at_the_focusing_weight);
    tcase_add_test(t, test_plain_is_bce);
    tcase_add_test(t, test_floor_has_no_gradient);
    return s;
}
