/* Binary cross entropy. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

#include <check.h>
#include <signal.h>

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    (void)options;
    return op_loss_bce(tape, x, y);
}

static long double oracle(long double x, bool positive, const void *options)
{
    (void)options;
    return -oracle_log_p(positive ? x : -x);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    (void)options;
    return op_loss_bce(tape, x, y);
}

START_TEST(test_value) { loss_case_value(op, oracle, NULL); }
END_TEST

START_TEST(test_stored) { loss_case_stored("bce", stored); }
END_TEST

START_TEST(test_gradient) { loss_case_gradient(op, NULL); }
END_TEST

START_TEST(test_same_bits_for_any_threads) { loss_case_threads(op, NULL); }
END_TEST

START_TEST(test_nan_is_not_hidden) { loss_case_nan(op, NULL); }
END_TEST

START_TEST(test_wrong_shape) { loss_case_wrong_shape(op, NULL); }
END_TEST

START_TEST(test_soft_target) { loss_case_soft_target(op, NULL); }
END_TEST

/* Turning every logit and every target round changes nothing but the sign of the slopes. */
START_TEST(test_mirror)
{
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = loss_case_targets(tape);
    Tensor *mx = loss_case_logits(tape), *my = loss_case_targets(tape);
    for (int64_t i = 0; i < tensor_len(x); i++) {
        mx->data[i] = -x->data[i];
        my->data[i] = 1 - y->data[i];
    }
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    const Real *mirrored = loss_case_slopes(tape, op, mx, my, NULL);
    for (int64_t i = 0; i < tensor_len(x); i++) ck_assert(slope[i] == -mirrored[i]);
    tape_free(tape);
}
END_TEST

Suite *test_loss_bce_suite(void);
Suite *test_loss_bce_suite(void)
{
    Suite *s = suite_create("loss_bce");
    TCase *t = tcase_create("loss_bce");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_stored);
    tcase_add_test(t, test_same_bits_for_any_threads);
    tcase_add_test(t, test_nan_is_not_hidden);
    tcase_add_test(t, test_mirror);
    tcase_add_test_raise_signal(t, test_wrong_shape, SIGABRT);
    tcase_add_test_raise_signal(t, test_soft_target, SIGABRT);
    if (sizeof(Real) == sizeof(double)) tcase_add_test(t, test_gradient);
    suite_add_tcase(s, t);
    return s;
}
