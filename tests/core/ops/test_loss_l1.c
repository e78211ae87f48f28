/* Mean absolute difference. */
#include "core/ops/ops.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <signal.h>
#include <string.h>

enum { N = 6 };
static const double X[N] = {-1.5, 0.25, 3, 0, 2, -0.5}, Y[N] = {0.5, 0.25, 1, 4, -2, -0.75};
static const int64_t SHAPE[3] = {1, 3, 2};

static Tensor *filled(Tape *tape, const double *value)
{
    Tensor *x = tape_tensor(tape, 3, SHAPE);
    for (int i = 0; i < N; i++) x->data[i] = (Real)value[i];
    return x;
}

/* By hand: differences -2, 0, 2, -4, 4, 0.25. */
START_TEST(test_value)
{
    Tape *tape = tape_new();
    Tensor *x = filled(tape, X), *y = filled(tape, Y);
    x->needs_grad = true;
    Tensor *loss = op_loss_l1(tape, x, y);
    ck_assert_int_eq(loss->ndim, 0);
    ck_assert_double_eq_tol((double)loss->data[0], 12.25 / 6, 1e-6);
    tape_seed(tape, loss, 3);
    tape_backward(tape);
    static const double sign[N] = {-1, 0, 1, -1, 1, 1};
    for (int i = 0; i < N; i++)
        ck_assert_double_eq_tol((double)x->grad[i], 3 * sign[i] / 6, 1e-7);
    ck_assert_ptr_null(y->grad);
    tape_free(tape);
}
END_TEST

START_TEST(test_properties)
{
    Tape *tape = tape_new();
    Tensor *x = filled(tape, X), *y = filled(tape, Y);
    ck_assert(op_loss_l1(tape, x, x)->data[0] == 0);
    ck_assert(op_loss_l1(tape, x, y)->data[0] == op_loss_l1(tape, y, x)->data[0]);
    x->data[3] = (Real)NAN;
    ck_assert(isnan((double)op_loss_l1(tape, x, y)->data[0]));
    tape_free(tape);
}
END_TEST

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_loss_l1(tape, input[0], input[1]);
}

START_TEST(test_gradient)
{
    GradCase c = {.inputs = 2, .build = build};
    const double away[N] = {-1.5, 0.35, 3, 0, 2, -0.5}; /* no element at the kink */
    for (int i = 0; i < 2; i++) {
        c.input[i].ndim = 3;
        memcpy(c.input[i].shape, SHAPE, sizeof SHAPE);
        c.input[i].values = i ? Y : away;
        c.input[i].constant = i == 1;
    }
    grad_check(&c);
}
END_TEST

START_TEST(test_wrong_shape)
{
    Tape *tape = tape_new();
    Tensor *x = filled(tape, X), *y = filled(tape, Y);
    op_loss_l1(tape, x, tape_reshape(tape, y, 1, (int64_t[]){N}));
}
END_TEST

Suite *test_loss_l1_suite(void);
Suite *test_loss_l1_suite(void)
{
    Suite *s = suite_create("loss_l1");
    TCase *t = tcase_create("loss_l1");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_properties);
    tcase_add_test_raise_signal(t, test_wrong_shape, SIGABRT);
    if (sizeof(Real) == sizeof(double)) tcase_add_test(t, test_gradient);
    suite_add_tcase(s, t);
    return s;
}
