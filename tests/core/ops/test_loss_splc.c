/* Self-paced loss correction. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

#include <check.h>
#include <signal.h>

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    return op_loss_splc(tape, x, y, *(const SplcOptions *)options);
}

static long double oracle(long double x, bool positive, const void *options)
{
    const SplcOptions *o = options;
    const long double m = positive ? x - (long double)o->margin : x;
    if (o->correct && oracle_p(m) > (long double)o->tau) positive = true;
    const long double p = oracle_p(m), gamma = (long double)o->gamma;
    if (positive) return -powl(1 / (1 + expl(m)), gamma) * oracle_log_p(m);
    return -powl(p, gamma) * oracle_log_p(-m);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    const SplcOptions o = {.tau = loss_case_option(options, "tau", 0.6),
                           .margin = loss_case_option(options, "margin", 1),
                           .gamma = loss_case_option(options, "gamma", 2),
                           .correct = loss_case_option(options, "corrected", 0) != 0};
    return op_loss_splc(tape, x, y, o);
}

START_TEST(test_value)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_value(op, oracle, &o);
}
END_TEST

START_TEST(test_stored) { loss_case_stored("splc", stored); }
END_TEST

START_TEST(test_gradient)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_gradient(op, &o);
}
END_TEST

START_TEST(test_same_bits_for_any_threads)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_threads(op, &o);
}
END_TEST

START_TEST(test_nan_is_not_hidden)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_nan(op, &o);
}
END_TEST

START_TEST(test_wrong_shape)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_wrong_shape(op, &o);
}
END_TEST

START_TEST(test_soft_target)
{
    const SplcOptions o = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
    loss_case_soft_target(op, &o);
}
END_TEST

/* Only negatives above tau change when correction begins: they are pulled up instead of down. */
START_TEST(test_correction_turns_confident_negatives)
{
    const SplcOptions before = {.tau = 0.6, .margin = 1, .gamma = 2, .correct = false};
    SplcOptions after = before;
    after.correct = true;
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *again = loss_case_logits(tape);
    Tensor *y = loss_case_targets(tape);
    const Real *a = loss_case_slopes(tape, op, x, y, &before);
    const Real *b = loss_case_slopes(tape, op, again, y, &after);
    int turned = 0;
    for (int64_t i = 0; i < tensor_len(x); i++) {
        const bool missed = y->data[i] == 0 && x->data[i] > (Real)log(0.6 / 0.4);
        ck_assert(missed ? a[i] > 0 && b[i] < 0 : a[i] == b[i]);
        turned += missed;
    }
    ck_assert_int_eq(turned, 5);
    tape_free(tape);
}
END_TEST

START_TEST(test_gradient_uncorrected)
{
    const SplcOptions o = {.tau = 0.6, .margin = 1, .gamma = 2, .correct = false};
    loss_case_gradient(op, &o);
}
END_TEST

START_TEST(test_tau_beyond_one)
{
    const SplcOptions o = {.tau = 60, .margin = 1, .gamma = 2, .correct = true};
    loss_case_value(op, oracle, &o);
}
END_TEST

Suite *test_loss_splc_suite(void);
Suite *test_loss_splc_suite(void)
{
    Suite *s = suite_create("loss_splc");
    TCase *t = tcase_create("loss_splc");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_stored);
    tcase_add_test(t, test_same_bits_for_any_threads);
    tcase_add_test(t, test_nan_is_not_hidden);
    tcase_add_test(t, test_correction_turns_confident_negatives);
    tcase_add_test_raise_signal(t, test_wrong_shape, SIGABRT);
    tcase_add_test_raise_signal(t, test_soft_target, SIGABRT);
    tcase_add_test_raise_signal(t, test_tau_beyond_one, SIGABRT);
    if (sizeof(Real) == sizeof(double)) {
        tcase_add_test(t, test_gradient);
        tcase_add_test(t, test_gradient_uncorrected);
    }
    suite_add_tcase(s, t);
    return s;
}
