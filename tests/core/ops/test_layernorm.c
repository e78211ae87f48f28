/* y = gamma (x - mean) / sqrt(var + eps) + beta. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Shape {
    int64_t rows, C;
    double eps, lo, hi;
} Shape;

static const Shape SHAPE[] = {
    {5, 3, 1e-5, -1, 1}, {2, 7, 1e-12, -1, 1},      {1, 2, 1e-5, -3, 3},
    {3, 33, 1e-5, 4, 6}, {4, 5, 1e-3, -0.05, 0.05}, /* eps weighs as much as the variance */
};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_layernorm(tape, input[0], input[1], input[2], ((const Shape *)options)->eps);
}

static void oracle_row(int64_t C, double eps, const double *x, const double *gamma,
                       const double *beta, double *y)
{
    double mean = 0, var = 0;
    for (int64_t i = 0; i < C; i++) mean += x[i] / (double)C;
    for (int64_t i = 0; i < C; i++) var += (x[i] - mean) * (x[i] - mean) / (double)C;
    for (int64_t i = 0; i < C; i++) y[i] = gamma[i] * (x[i] - mean) / sqrt(var + eps) + beta[i];
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    for (int64_t r = 0; r < s->rows; r++)
        oracle_row(s->C, s->eps, x[0] + r * s->C, x[1], x[2], y + r * s->C);
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, s->lo, s->hi, 3, (int64_t[]){1, s->rows, s->C});
    op_input(&c, 0.5, 1.5, 1, &s->C);
    op_input(&c, -1, 1, 1, &s->C);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 5e-6);
    op_expect_gradient(&c, oracle, 5e-5);
}
END_TEST

START_TEST(test_gradient)
{
    GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* The variance is var / (var + eps): near 0 or near 1 for the same row, depending on eps alone. */
START_TEST(test_eps_counts)
{
    static const double eps[] = {1e-5, 1e-12};
    for (int e = 0; e < 2; e++) {
        const Shape shape = {3, 64, eps[e], -1e-4, 1e-4};
        const GradCase c = make_case(&shape);
        OpRun r = op_run(&c);
        op_expect_value(&c, oracle, 1e-4);
        double sum = 0;
        for (int64_t i = 0; i < 64; i++)
            sum += fabs((double)((r.y->data[i] - r.input[2]->data[i]) / r.input[1]->data[i]));
        ck_assert_msg(e ? sum > 0.5 * 64 : sum < 0.05 * 64, "eps %g: mean |y| %g", eps[e],
                      sum / 64);
        op_run_free(&r);
    }
}
END_TEST

/* A mean far larger than the deviation must not eat the digits of the variance. */
START_TEST(test_large_mean)
{
    static const Shape shape = {3, 257, 1e-5, 1000, 1001};
    const GradCase c = make_case(&shape);
    op_expect_value(&c, oracle, 1e-3);
}
END_TEST

START_TEST(test_constant_row_gives_beta)
{
    static const double same[6] = {2.5, 2.5, 2.5, -1, -1, -1};
    static const Shape shape = {2, 3, 1e-12, 0, 0};
    GradCase c = make_case(&shape);
    c.input[0].values = same;
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < 6; i++) {
        ck_assert_double_eq((double)r.y->data[i], (double)r.input[2]->data[i % 3]);
        ck_assert(isfinite((double)r.input[0]->grad[i]));
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_mean_and_variance)
{
    static const double one[7] = {1, 1, 1, 1, 1, 1, 1}, zero[7] = {0};
    GradCase c = make_case(&SHAPE[1]);
    c.input[1].values = one;
    c.input[2].values = zero;
    OpRun r = op_run(&c);
    for (int64_t row = 0; row < 2; row++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < 7; i++) {
            const double v = (double)r.y->data[row * 7 + i];
            sum += v;
            squares += v * v;
        }
        ck_assert_double_eq_tol(sum, 0, 1e-5);
        ck_assert_double_eq_tol(squares, 7, 1e-4);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {301, 129, 1e-5, -1, 1};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void wrong(int64_t gamma, int64_t beta)
{
    GradCase c = {.build = build, .options = &SHAPE[0]};
    op_input(&c, -1, 1, 2, (int64_t[]){5, 3});
    op_input(&c, -1, 1, 1, &gamma);
    op_input(&c, -1, 1, 1, &beta);
    op_run(&c);
}

START_TEST(test_wrong_gamma) { wrong(4, 3); }
END_TEST
START_TEST(test_wrong_beta) { wrong(3, 2); }
END_TEST

Suite *test_layernorm_suite(void);
Suite *test_layernorm_suite(void)
{
    Suite *s = suite_create("layernorm");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_eps_counts);
    tcase_add_test(t, test_large_mean);
    tcase_add_test(t, test_constant_row_gives_beta);
    tcase_add_test(t, test_mean_and_variance);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_wrong_gamma, SIGABRT);
    tcase_add_test_raise_signal(t, test_wrong_beta, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
