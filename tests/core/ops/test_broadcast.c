/* y[b] = x. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, Q, C;
} Shape;

static const Shape SHAPE[] = {{3, 5, 2}, {1, 4, 3}, {2, 1, 7}, {7, 1, 1}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_broadcast(tape, input[0], ((const Shape *)options)->B);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    for (int64_t b = 0; b < s->B; b++)
        for (int64_t i = 0; i < s->Q * s->C; i++) y[b * s->Q * s->C + i] = x[0][i];
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 2, (int64_t[]){s->Q, s->C});
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 0);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

START_TEST(test_shape)
{
    const GradCase c = make_case(&SHAPE[0]);
    OpRun r = op_run(&c);
    ck_assert_int_eq(r.y->ndim, 3);
    ck_assert_int_eq(r.y->shape[0], 3);
    ck_assert_int_eq(r.y->shape[1], 5);
    ck_assert_int_eq(r.y->shape[2], 2);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {5, 67, 129};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int ndim, const int64_t *shape, int64_t B)
{
    Tape *tape = tape_new();
    op_broadcast(tape, tape_tensor(tape, ndim, shape), B);
}

START_TEST(test_three_axes) { misuse(3, (int64_t[]){1, 5, 2}, 2); }
END_TEST
START_TEST(test_no_batch) { misuse(2, (int64_t[]){5, 2}, 0); }
END_TEST

Suite *test_broadcast_suite(void);
Suite *test_broadcast_suite(void)
{
    Suite *s = suite_create("broadcast");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_shape);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_three_axes, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_batch, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
