/* y = max(x, 0). */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static const int64_t LENGTH[] = {1, 7, 16, 53};
enum { LENGTHS = sizeof LENGTH / sizeof *LENGTH };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_relu(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t n = 3 * c->input[0].shape[1];
    for (int64_t i = 0; i < n; i++) y[i] = x[0][i] > 0 ? x[0][i] : 0;
}

static GradCase make_case(int64_t n, const double *values)
{
    GradCase c = {.build = build};
    op_input(&c, -2, 2, 2, (int64_t[]){3, n});
    c.input[0].kink = 10; /* the only multiple within reach is 0 */
    c.input[0].away = 0.01;
    c.input[0].values = values;
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(LENGTH[_i], NULL);
    op_expect_value(&c, oracle, 0);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(LENGTH[_i], NULL);
    grad_check(&c);
}
END_TEST

/* At 0 the slope is 0, as in PyTorch; zeros have no negative sign; NaN stays; infinities clip. */
START_TEST(test_special_values)
{
    static const double x[6] = {0, -0.0, (double)NAN, HUGE_VAL, -HUGE_VAL, 1e-30};
    const GradCase c = make_case(2, x);
    OpRun r = op_run(&c);
    op_backward(&r);
    ck_assert_double_eq((double)r.y->data[0], 0);
    ck_assert_double_eq((double)r.y->data[1], 0);
    ck_assert_double_eq((double)r.input[0]->grad[0], 0);
    ck_assert_double_eq((double)r.input[0]->grad[1], 0);
    ck_assert_msg(isnan((double)r.y->data[2]), "a NaN became %g", (double)r.y->data[2]);
    ck_assert_double_eq((double)r.y->data[3], HUGE_VAL);
    ck_assert_double_eq((double)r.y->data[4], 0);
    ck_assert_double_eq((double)r.y->data[5], (double)(Real)1e-30);
    op_run_free(&r);
}
END_TEST

START_TEST(test_twice_is_once)
{
    const GradCase c = make_case(53, NULL);
    OpRun r = op_run(&c);
    ck_assert(op_same_bits(r.y, op_relu(r.tape, r.y)));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    const GradCase c = make_case(40001, NULL);
    op_expect_threads(&c);
}
END_TEST

/* Any shape will do but an empty one, which no tape hands out. */
START_TEST(test_empty_input)
{
    Tape *tape = tape_new();
    op_relu(tape, tape_tensor(tape, 1, (int64_t[]){0}));
}
END_TEST

Suite *test_relu_suite(void);
Suite *test_relu_suite(void)
{
    Suite *s = suite_create("relu");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, LENGTHS);
    tcase_add_test(t, test_special_values);
    tcase_add_test(t, test_twice_is_once);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_empty_input, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, LENGTHS);
    return s;
}
