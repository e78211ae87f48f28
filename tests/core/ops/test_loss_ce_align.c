/* CLIP's symmetric cross entropy. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <signal.h>

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    (void)y;
    (void)options;
    return op_loss_ce_align(tape, x);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    (void)options;
    return op(tape, x, y, NULL);
}

/* The mean of the losses of rows and of columns, naively. */
static double oracle(const Tensor *x)
{
    const int64_t B = x->shape[0];
    long double sum = 0;
    for (int64_t i = 0; i < B; i++) {
        long double row = 0, column = 0;
        for (int64_t j = 0; j < B; j++) {
            row += expl((long double)x->data[i * B + j]);
            column += expl((long double)x->data[j * B + i]);
        }
        sum += logl(row) + logl(column) - 2 * (long double)x->data[i * B + i];
    }
    return (double)(sum / (2 * B));
}

static Tensor *logits(Tape *tape, int64_t B, double range)
{
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){B, B});
    test_fill(x, (uint64_t)B, -range, range);
    x->needs_grad = true;
    return x;
}

START_TEST(test_value)
{
    Tape *tape = tape_new();
    for (int64_t B = 1; B <= 9; B += 2) {
        Tensor *x = logits(tape, B, _i ? 100 : 4);
        const double want = oracle(x), got = (double)op_loss_ce_align(tape, x)->data[0];
        ck_assert_double_eq_tol(got, want, 1e-6 * fmax(1, want));
    }
    tape_free(tape);
}
END_TEST

START_TEST(test_stored) { loss_case_stored("ce_align", stored); }
END_TEST

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op(tape, input[0], NULL, options);
}

START_TEST(test_gradient)
{
    GradCase c = {.inputs = 1, .build = build};
    c.input[0].ndim = 2;
    c.input[0].shape[0] = c.input[0].shape[1] = _i;
    c.input[0].lo = -3;
    c.input[0].hi = 3;
    grad_check(&c);
}
END_TEST

/* Exchanging pictures and texts transposes the slopes; no logit's shift of all changes anything. */
START_TEST(test_symmetry)
{
    enum { B = 5 };
    Tape *tape = tape_new();
    Tensor *x = logits(tape, B, 4), *turned = logits(tape, B, 4);
    for (int i = 0; i < B * B; i++) turned->data[i] = x->data[i % B * B + i / B] + 8;
    const Real *a = loss_case_slopes(tape, op, x, NULL, NULL);
    const Real *b = loss_case_slopes(tape, op, turned, NULL, NULL);
    double sum = 0;
    for (int i = 0; i < B * B; i++) {
        ck_assert_double_eq_tol((double)a[i], (double)b[i % B * B + i / B], 1e-6);
        sum += (double)a[i];
    }
    ck_assert_double_eq_tol(sum, 0, 1e-6);
    tape_free(tape);
}
END_TEST

START_TEST(test_nan_is_not_hidden)
{
    for (int i = 0; i < 9; i++) {
        Tape *tape = tape_new();
        Tensor *x = logits(tape, 3, 4);
        x->data[i] = (Real)NAN;
        ck_assert(isnan((double)op_loss_ce_align(tape, x)->data[0]));
        tape_free(tape);
    }
}
END_TEST

START_TEST(test_not_square)
{
    Tape *tape = tape_new();
    op_loss_ce_align(tape, loss_case_logits(tape));
}
END_TEST

Suite *test_loss_ce_align_suite(void);
Suite *test_loss_ce_align_suite(void)
{
    Suite *s = suite_create("loss_ce_align");
    TCase *t = tcase_create("loss_ce_align");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_value, 0, 2);
    tcase_add_test(t, test_stored);
    tcase_add_test(t, test_symmetry);
    tcase_add_test(t, test_nan_is_not_hidden);
    tcase_add_test_raise_signal(t, test_not_square, SIGABRT);
    if (sizeof(Real) == sizeof(double)) tcase_add_loop_test(t, test_gradient, 1, 5);
    suite_add_tcase(s, t);
    return s;
}
