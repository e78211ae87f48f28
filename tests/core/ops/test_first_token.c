/* The first token of every image. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, N, C;
} Shape;

static const Shape SHAPE[] = {{2, 5, 3}, {1, 1, 4}, {3, 2, 1}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_first_token(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape s = *(const Shape *)c->options;
    for (int64_t b = 0; b < s.B; b++)
        for (int64_t i = 0; i < s.C; i++) y[b * s.C + i] = x[0][b * s.N * s.C + i];
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->N, s->C});
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

static Tensor *build_pool(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_first_token(tape, op_pool_prepend(tape, input[0]));
}

/* After op_pool_prepend it is the mean: every token gets 1 / N of the gradient. */
START_TEST(test_after_pool)
{
    GradCase c = make_case(&SHAPE[0]);
    c.build = build_pool;
    OpRun r = op_run(&c);
    op_backward(&r);
    ck_assert_int_eq(r.y->ndim, 2);
    for (int64_t b = 0; b < 2; b++)
        for (int64_t i = 0; i < 15; i++)
            ck_assert_double_eq_tol((double)r.input[0]->grad[b * 15 + i],
                                    op_weight(b * 3 + i % 3) / 5, 1e-7);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {9, 145, 130};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

START_TEST(test_two_axes)
{
    Tape *tape = tape_new();
    op_first_token(tape, tape_tensor(tape, 2, (int64_t[]){5, 3}));
}
END_TEST

Suite *test_first_token_suite(void);
Suite *test_first_token_suite(void)
{
    Suite *s = suite_create("first_token");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_after_pool);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_two_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
