/* y = x Phi(x): values against the error function in double, at every magnitude. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <float.h>
#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_gelu(tape, input[0]);
}

/* erfc keeps its digits in the left tail, where 1 + erf has lost them. */
static double gelu(double x) { return 0.5 * x * erfc(-x * sqrt(0.5)); }

static double gelu_slope(double x)
{
    return 0.5 * erfc(-x * sqrt(0.5)) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1.0));
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    int64_t n = 1;
    for (int a = 0; a < c->input[0].ndim; a++) n *= c->input[0].shape[a];
    for (int64_t i = 0; i < n; i++) y[i] = gelu(x[0][i]);
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
    op_expect_value(&c, oracle, 2e-7);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(LENGTH[_i], NULL);
    grad_check(&c);
}
END_TEST

/* A fine sweep: errors of an approximation sit between the points a few random values hit. */
START_TEST(test_sweep)
{
    enum { POINTS = 40001 };
    static double x[POINTS];
    for (int i = 0; i < POINTS; i++) x[i] = -12 + 24.0 * i / (POINTS - 1);
    const GradCase c = make_case(POINTS, x);
    OpRun r = op_run(&c);
    Real *dy = tape_grad(r.tape, r.y);
    for (int i = 0; i < POINTS; i++) dy[i] = 1;
    tape_backward(r.tape);
    const double tolerance = op_double() ? 1e-14 : 2e-7;
    for (int i = 0; i < POINTS; i++) {
        const double at = (double)r.input[0]->data[i], y = (double)r.y->data[i];
        ck_assert_msg(fabs(y - gelu(at)) <= tolerance * fmax(1, fabs(at)),
                      "gelu(%.9g) = %.9g, want %.9g", at, y, gelu(at));
        const double slope = (double)r.input[0]->grad[i];
        ck_assert_msg(fabs(slope - gelu_slope(at)) <= 3 * tolerance,
                      "slope at %.9g: %.9g, want %.9g", at, slope, gelu_slope(at));
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_extremes)
{
    static const double x[] = {-1e30,   -1e4,  -100, -40, -14, 0,   1e-45, -1e-45,
                               FLT_MIN, 1e-30, 5,    14,  40,  100, 1e4,   1e30};
    enum { N = sizeof x / sizeof *x };
    const GradCase c = make_case(N, x);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int i = 0; i < N; i++) {
        const double at = (double)r.input[0]->data[i], y = (double)r.y->data[i];
        const double slope = (double)r.input[0]->grad[i] / (double)(Real)op_weight(i);
        ck_assert_msg(fabs(y - gelu(at)) <= 2e-7 * fabs(at) + 1e-45, "gelu(%g) = %g, want %g",
                      at, y, gelu(at));
        ck_assert_msg(at > -10 || fabs(y) < 1e-22, "gelu(%g) = %g", at, y);
        ck_assert_msg(fabs(slope - gelu_slope(at)) <= 1e-6, "slope at %g: %g, want %g", at,
                      slope, gelu_slope(at));
    }
    op_run_free(&r);
}
END_TEST

/* gelu(x) - gelu(-x) = x. */
START_TEST(test_odd_part_is_half_x)
{
    const GradCase c = make_case(33, NULL);
    OpRun r = op_run(&c);
    Tensor *minus = tape_tensor(r.tape, 2, r.y->shape);
    for (int64_t i = 0; i < 33; i++) minus->data[i] = -r.input[0]->data[i];
    Tensor *mirrored = op_gelu(r.tape, minus);
    for (int64_t i = 0; i < 33; i++)
        ck_assert_double_eq_tol((double)r.y->data[i] - (double)mirrored->data[i],
                                (double)r.input[0]->data[i], 2e-6);
    op_run_free(&r);
}
END_TEST

/* A vector kernel and its tail must agree: NaN at every position of the row stays NaN, and alone. */
START_TEST(test_nan_stays)
{
    enum { N = 37 };
    for (int at = 0; at < N; at++) {
        double x[N];
        for (int i = 0; i < N; i++) x[i] = i == at ? (double)NAN : 0.1 * i;
        const GradCase c = make_case(N, x);
        OpRun r = op_run(&c);
        op_backward(&r);
        for (int i = 0; i < N; i++) {
            ck_assert_int_eq(isnan((double)r.y->data[i]) != 0, i == at);
            ck_assert_int_eq(isnan((double)r.input[0]->grad[i]) != 0, i == at);
        }
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

/* Any shape will do but an empty one, which no tape hands out. */
START_TEST(test_empty_input)
{
    Tape *tape = tape_new();
    op_gelu(tape, tape_tensor(tape, 2, (int64_t[]){3, 0}));
}
END_TEST

Suite *test_gelu_suite(void);
Suite *test_gelu_suite(void)
{
    Suite *s = suite_create("gelu");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, LENGTHS);
    tcase_add_test(t, test_sweep);
    tcase_add_test(t, test_extremes);
    tcase_add_test(t, test_odd_part_is_half_x);
    tcase_add_test(t, test_nan_stays);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_empty_input, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, LENGTHS);
    return s;
}
