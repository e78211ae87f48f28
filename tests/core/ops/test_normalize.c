/* y = x / |x|. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Shape {
    int64_t rows, C;
} Shape;

static const Shape SHAPE[] = {{5, 3}, {1, 7}, {3, 2}, {2, 65}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_normalize(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t rows = c->input[0].shape[0], C = c->input[0].shape[1];
    for (int64_t r = 0; r < rows; r++) {
        double squares = 0;
        for (int64_t i = 0; i < C; i++) squares += x[0][r * C + i] * x[0][r * C + i];
        for (int64_t i = 0; i < C; i++) y[r * C + i] = x[0][r * C + i] / sqrt(squares);
    }
}

static GradCase make_case(const Shape *s, double scale)
{
    GradCase c = {.build = build};
    op_input(&c, -scale, scale, 2, (int64_t[]){s->rows, s->C});
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i], 2);
    op_expect_value(&c, oracle, 5e-7);
    op_expect_gradient(&c, oracle, 5e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i], 2);
    grad_check(&c);
}
END_TEST

/* Rows have length 1 whatever their scale: no epsilon weakens short ones. */
START_TEST(test_unit_rows_at_any_scale)
{
    static const double scale[] = {1e-12, 1e-6, 1, 1e6, 1e12};
    const GradCase c = make_case(&SHAPE[0], scale[_i]);
    OpRun r = op_run(&c);
    for (int64_t row = 0; row < 5; row++) {
        double squares = 0;
        for (int64_t i = 0; i < 3; i++) {
            const double v = (double)r.y->data[row * 3 + i];
            squares += v * v;
        }
        ck_assert_double_eq_tol(squares, 1, 1e-6);
    }
    op_run_free(&r);
}
END_TEST

/* A change of length changes nothing: gradients are orthogonal to their row. */
START_TEST(test_gradient_is_orthogonal)
{
    const GradCase c = make_case(&SHAPE[3], 2);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t row = 0; row < 2; row++) {
        double dot = 0, size = 0;
        for (int64_t i = row * 65; i < (row + 1) * 65; i++) {
            dot += (double)r.input[0]->grad[i] * (double)r.input[0]->data[i];
            size += fabs((double)r.input[0]->grad[i] * (double)r.input[0]->data[i]);
        }
        ck_assert(size > 0.1);
        ck_assert_double_eq_tol(dot, 0, 1e-5 * size);
    }
    op_run_free(&r);
}
END_TEST

/* The reference divides 0 by 0; a hidden epsilon would give 0. */
START_TEST(test_zero_row_is_not_a_number)
{
    static const double x[6] = {0, 0, 0, 3, 0, 4};
    GradCase c = make_case(&(Shape){2, 3}, 1);
    c.input[0].values = x;
    OpRun r = op_run(&c);
    ck_assert(isnan((double)r.y->data[0]) && isnan((double)r.y->data[2]));
    ck_assert_double_eq_tol((double)r.y->data[3], 0.6, 1e-7);
    ck_assert_double_eq_tol((double)r.y->data[5], 0.8, 1e-7);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    const GradCase c = make_case(&(Shape){301, 129}, 1);
    op_expect_threads(&c);
}
END_TEST

START_TEST(test_no_axis)
{
    Tape *tape = tape_new();
    op_normalize(tape, tape_tensor(tape, 0, NULL));
}
END_TEST

Suite *test_normalize_suite(void);
Suite *test_normalize_suite(void)
{
    Suite *s = suite_create("normalize");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_unit_rows_at_any_scale, 0, 5);
    tcase_add_test(t, test_gradient_is_orthogonal);
    tcase_add_test(t, test_zero_row_is_not_a_number);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_no_axis, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
