/* y = x sigmoid(1.702 x): values against the exponential in double, at every magnitude. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_quick_gelu(tape, input[0]);
}

static double quick_gelu(double x) { return x / (1 + exp(-1.702 * x)); }

static double slope(double x)
{
    const double s = 1 / (1 + exp(-1.702 * x));
    return s + 1.702 * x * s * (1 - s);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    for (int64_t i = 0; i < c->input[0].shape[1]; i++) y[i] = quick_gelu(x[0][i]);
}

static GradCase make_case(int64_t n, const double *values)
{
    GradCase c = {.build = build};
    op_input(&c, -4, 4, 2, (int64_t[]){1, n});
    c.input[0].values = values;
    return c;
}

static const int64_t LENGTH[] = {1, 7, 16, 33, 150};
enum { LENGTHS = sizeof LENGTH / sizeof *LENGTH };

START_TEST(test_value)
{
    const GradCase c = make_case(LENGTH[_i], NULL);
    op_expect_value(&c, oracle, 3e-7);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(LENGTH[_i], NULL);
    grad_check(&c);
}
END_TEST

START_TEST(test_extremes)
{
    static const double x[] = {-1e30, -1e4, -100, -52, -14, 0, 1e-45, 1e-30, 5, 52, 1e4, 1e30};
    enum { N = sizeof x / sizeof *x };
    const GradCase c = make_case(N, x);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int i = 0; i < N; i++) {
        const double at = (double)r.input[0]->data[i], y = (double)r.y->data[i];
        const double got = (double)r.input[0]->grad[i] / (double)(Real)op_weight(i);
        const double want = at < -1e4 ? 0 : quick_gelu(at);
        ck_assert_msg(at > -400 || fabs(y) <= 1e-8, "far to the left: %g", y);
        if (at > -400)
            ck_assert_msg(fabs(y - want) <= 3e-7 * fabs(at) + 1e-40, "y(%g) = %g", at, y);
        if (fabs(at) < 1e4)
            ck_assert_msg(fabs(got - slope(at)) <= 1e-6, "slope(%g) = %g", at, got);
        ck_assert_msg(isfinite(got), "slope(%g) = %g", at, got);
    }
    op_run_free(&r);
}
END_TEST

/* y(x) - y(-x) = x. */
START_TEST(test_odd_part_is_half_x)
{
    const GradCase c = make_case(33, NULL);
    OpRun r = op_run(&c);
    Tensor *minus = tape_tensor(r.tape, 2, r.y->shape);
    for (int64_t i = 0; i < 33; i++) minus->data[i] = -r.input[0]->data[i];
    const Tensor *mirrored = op_quick_gelu(r.tape, minus);
    for (int64_t i = 0; i < 33; i++)
        ck_assert_double_eq_tol((double)r.y->data[i] - (double)mirrored->data[i],
                                (double)r.input[0]->data[i], 2e-6);
    op_run_free(&r);
}
END_TEST

START_TEST(test_nan_stays)
{
    enum { N = 37 };
    for (int at = 0; at < N; at++) {
        double x[N];
        for (int i = 0; i < N; i++) x[i] = i == at ? (double)NAN : 0.1 * i;
        const GradCase c = make_case(N, x);
        OpRun r = op_run(&c);
        for (int i = 0; i < N; i++) ck_assert_int_eq(isnan((double)r.y->data[i]) != 0, i == at);
        op_run_free(&r);
    }
}
END_TEST

START_TEST(test_threads)
{
    const GradCase c = make_case(100003, NULL);
    op_expect_threads(&c);
}
END_TEST

START_TEST(test_empty_input)
{
    Tape *tape = tape_new();
    op_quick_gelu(tape, tape_tensor(tape, 2, (int64_t[]){3, 0}));
}
END_TEST

Suite *test_quick_gelu_suite(void);
Suite *test_quick_gelu_suite(void)
{
    Suite *s = suite_create("quick_gelu");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, LENGTHS);
    tcase_add_test(t, test_extremes);
    tcase_add_test(t, test_odd_part_is_half_x);
    tcase_add_test(t, test_nan_stays);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_empty_input, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, LENGTHS);
    return s;
}
