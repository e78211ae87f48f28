/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's pairwise sigmoid loss. */
#include "core/math/gemm.h"
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <math.h>
#include <signal.h>

/* The sum over all pairs as in the paper, naively. */
static double oracle(const Tensor *x, double log_scale, double bias)
{
    const int64_t B = x->shape[0];
    const long double t = expl((long double)log_scale);
    long double sum = 0;
    for (int64_t i = 0; i < B; i++)
        for (int64_t j = 0; j < B; j++) {
            const long double z = i == j ? 1 : -1;
            const long double score = t * (long double)x->data[i * B + j] + (long double)bias;
            sum += logl(1 + expl(-z * score));
        }
    return (double)(sum / B);
}

static Tensor *number(Tape *tape, double value)
{
    Tensor *x = tape_tensor(tape, 1, (int64_t[]){1});
    x->data[0] = (Real)value;
    x->needs_grad = true;
    return x;
}

static Tensor *logits(Tape *tape, int64_t B, double range)
{
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){B, B});
    test_fill(x, (uint64_t)B + 7, -range, range);
    x->needs_grad = true;
    return x;
}

START_TEST(test_value)
{
    static const double log_scale[] = {0, 0.7, -1.5}, bias[] = {0, -10, 2};
    Tape *tape = tape_new();
    for (int64_t B = 1; B <= 9; B += 2) {
        Tensor *x = logits(tape, B, 4);
        Tensor *t = number(tape, log_scale[_i]), *b = number(tape, bias[_i]);
        const double want = oracle(x, log_scale[_i], bias[_i]);
        const double got = (double)op_loss_sigmoid(tape, x, t, b)->data[0];
        ck_assert_double_eq_tol(got, want, 1e-5 * fmax(1, want));
    }
    tape_free(tape);
}
END_TEST

/* Margins of several hundred, where exp would overflow, give exact values and finite slopes. */
START_TEST(test_far_logits)
{
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){2, 2});
    x->needs_grad = true;
    const double far[] = {-100, 100, 100, 100};
    for (int i = 0; i < 4; i++) x->data[i] = (Real)far[i];
    Tensor *t = number(tape, log(10)), *b = number(tape, -10);
    Tensor *loss = op_loss_sigmoid(tape, x, t, b);
    ck_assert_double_eq_tol((double)loss->data[0], (1010 + 990 + 990) / 2.0, 1e-2);
    tape_seed(tape, loss, 1);
    tape_backward(tape);
    for (int i = 0; i < 4; i++) ck_assert(isfinite((double)x->grad[i]));
    ck_assert_double_eq_tol((double)x->grad[0], -5, 1e-5); /* -t/B for a wrong pair */
    ck_assert_double_eq_tol((double)x->grad[1], 5, 1e-5);
    ck_assert_double_eq_tol((double)x->grad[3], 0, 1e-12); /* zero for a correct pair */
    tape_free(tape);
}
END_TEST

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_loss_sigmoid(tape, input[0], input[1], input[2]);
}

START_TEST(test_gradient)
{
    GradCase c = {.inputs = 3, .build = build};
    c.input[0].ndim = 2;
    c.input[0].shape[0] = c.input[0].shape[1] = _i;
    c.input[0].lo = -3;
    c.input[0].hi = 3;
    for (int i = 1; i < 3; i++) {
        c.input[i].ndim = 1;
        c.input[i].shape[0] = 1;
        c.input[i].lo = -1;
        c.input[i].hi = 1;
    }
    grad_check(&c);
}
END_TEST

/* The loss is symmetric: exchanging images and captions changes nothing. */
START_TEST(test_symmetry)
{
    enum { B = 5 };
    Tape *tape = tape_new();
    Tensor *x = logits(tape, B, 4), *turned = logits(tape, B, 4);
    for (int i = 0; i < B * B; i++) turned->data[i] = x->data[i % B * B + i / B];
    Tensor *t = number(tape, 0.5), *b = number(tape, -1);
    const double one = (double)op_loss_sigmoid(tape, x, t, b)->data[0];
    const double other = (double)op_loss_sigmoid(tape, turned, t, b)->data[0];
    ck_assert_double_eq_tol(one, other, 1e-5);
    tape_free(tape);
}
END_TEST

/* With a scale of 1 and no bias it is the binary cross entropy against the identity, per
 * image. */
START_TEST(test_is_cross_entropy_per_image)
{
    enum { B = 4 };
    Tape *tape = tape_new();
    Tensor *x = logits(tape, B, 3), *y = tape_tensor(tape, 2, (int64_t[]){B, B});
    for (int i = 0; i < B * B; i++) y->data[i] = i / B == i % B;
    const double bce = (double)op_loss_bce(tape, x, y)->data[0] / B;
    const double got =
        (double)op_loss_sigmoid(tape, x, number(tape, 0), number(tape, 0))->data[0];
    ck_assert_double_eq_tol(got, bce, 1e-6);
    tape_free(tape);
}
END_TEST

/* With SigLIP's initial bias, the many negative pairs cost little: the loss of a batch of B is
 * about 10, not B log 2. */
START_TEST(test_start)
{
    enum { B = 64 };
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){B, B});
    for (int i = 0; i < B * B; i++) x->data[i] = 0;
    const double got =
        (double)op_loss_sigmoid(tape, x, number(tape, log(10)), number(tape, -10))->data[0];
    ck_assert_double_eq_tol(got, 10 + 4.53989e-5 * B, 1e-3);
    tape_free(tape);
}
END_TEST

static void slopes(int threads, Real out[49])
{
    gemm_set_threads(threads);
    Tape *tape = tape_new();
    Tensor *x = logits(tape, 7, 4);
    Tensor *loss = op_loss_sigmoid(tape, x, number(tape, 0.3), number(tape, -2));
    tape_seed(tape, loss, 1);
    tape_backward(tape);
    for (int i = 0; i < 49; i++) out[i] = x->grad[i];
    tape_free(tape);
}

START_TEST(test_same_bits_for_any_threads)
{
    Real one[49], more[49];
    slopes(1, one);
    for (int threads = 2; threads <= 3; threads++) {
        slopes(threads, more);
        ck_assert_mem_eq(one, more, sizeof one);
    }
}
END_TEST

START_TEST(test_nan_is_not_hidden)
{
    for (int i = 0; i < 9; i++) {
        Tape *tape = tape_new();
        Tensor *x = logits(tape, 3, 4);
        x->data[i] = (Real)NAN;
        Tensor *loss = op_loss_sigmoid(tape, x, number(tape, 0), number(tape, 0));
        ck_assert(isnan((double)loss->data[0]));
        tape_free(tape);
    }
}
END_TEST

START_TEST(test_not_square)
{
    Tape *tape = tape_new();
    op_loss_sigmoid(tape, loss_case_logits(tape), number(tape, 0), number(tape, 0));
}
END_TEST

START_TEST(test_a_scale_for_each)
{
    Tape *tape = tape_new();
    Tensor *x = logits(tape, 3, 4);
    op_loss_sigmoid(tape, x, x, number(tape, 0));
}
END_TEST

Suite *test_loss_sigmoid_suite(void);
Suite *test_loss_sigmoid_suite(void)
{
    Suite *s = suite_create("loss_sigmoid");
    TCase *t = tcase_create("loss_sigmoid");
    tcase_add_loop_test(t, test_value, 0, 3);
    tcase_add_test(t, test_far_logits);
    tcase_add_test(t, test_symmetry);
    tcase_add_test(t, test_is_cross_entropy_per_image);
    tcase_add_test(t, test_start);
    tcase_add_test(t, test_same_bits_for_any_threads);
    tcase_add_test(t, test_nan_is_not_hidden);
    tcase_add_test_raise_signal(t, test_not_square, SIGABRT);
    tcase_add_test_raise_signal(t, test_a_scale_for_each, SIGABRT);
    if (sizeof(Real) == sizeof(double)) tcase_add_loop_test(t, test_gradient, 1, 5);
    suite_add_tcase(s, t);
    return s;
}
