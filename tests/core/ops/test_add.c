/* y = a + b. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int ndim;
    int64_t axis[5];
} Shape;

static const Shape SHAPE[] = {{3, {2, 5, 3}}, {1, {7}}, {0, {0}}, {5, {1, 2, 1, 3, 2}}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_add(tape, input[0], input[1]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    int64_t n = 1;
    for (int a = 0; a < c->input[0].ndim; a++) n *= c->input[0].shape[a];
    for (int64_t i = 0; i < n; i++) y[i] = x[0][i] + x[1][i];
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build};
    op_input(&c, -1, 1, s->ndim, s->axis);
    op_input(&c, -9, 9, s->ndim, s->axis);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 1e-7);
    op_expect_gradient(&c, oracle, 1e-7);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* The same tensor on both sides, and again as a view: three uses, three times the gradient. */
static Tensor *build_thrice(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    Tensor *twice = op_add(tape, input[0], input[0]);
    Tensor *flat = tape_reshape(tape, input[0], 1, (int64_t[]){15});
    return op_add(tape, tape_reshape(tape, twice, 1, (int64_t[]){15}), flat);
}

START_TEST(test_three_uses)
{
    GradCase c = {.inputs = 0, .build = build_thrice};
    op_input(&c, -1, 1, 2, (int64_t[]){5, 3});
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < 15; i++) {
        const double want = 3 * (double)(Real)op_weight(i);
        ck_assert_double_eq_tol((double)r.input[0]->grad[i], want, 1e-6);
        ck_assert_double_eq_tol((double)r.y->data[i], 3 * (double)r.input[0]->data[i], 1e-6);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_order_does_not_matter)
{
    const GradCase c = make_case(&SHAPE[0]);
    OpRun r = op_run(&c);
    ck_assert(op_same_bits(r.y, op_add(r.tape, r.input[1], r.input[0])));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, {3, 101, 257}};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

START_TEST(test_unequal_shapes)
{
    GradCase c = {.build = build};
    op_input(&c, -1, 1, 2, (int64_t[]){5, 3});
    op_input(&c, -1, 1, 2, (int64_t[]){3, 5});
    op_run(&c);
}
END_TEST

START_TEST(test_unequal_axes)
{
    GradCase c = {.build = build};
    op_input(&c, -1, 1, 2, (int64_t[]){1, 3});
    op_input(&c, -1, 1, 1, (int64_t[]){3});
    op_run(&c);
}
END_TEST

Suite *test_add_suite(void);
Suite *test_add_suite(void)
{
    Suite *s = suite_create("add");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_three_uses);
    tcase_add_test(t, test_order_does_not_matter);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_unequal_shapes, SIGABRT);
    tcase_add_test_raise_signal(t, test_unequal_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
