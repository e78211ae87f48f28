/* Mean over tokens put before the tokens. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, N, C;
} Shape;

static const Shape SHAPE[] = {{2, 5, 3}, {1, 1, 4}, {3, 49, 1}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_pool_prepend(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape s = *(const Shape *)c->options;
    for (int64_t b = 0; b < s.B; b++)
        for (int64_t i = 0; i < s.C; i++) {
            double sum = 0;
            for (int64_t n = 0; n < s.N; n++) {
                const double v = x[0][(b * s.N + n) * s.C + i];
                sum += v;
                y[(b * (1 + s.N) + 1 + n) * s.C + i] = v;
            }
            y[b * (1 + s.N) * s.C + i] = sum / (double)s.N;
        }
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
    op_expect_value(&c, oracle, 3e-7);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Equal tokens: their mean is the same number, and the tokens are copied to the bit. */
START_TEST(test_equal_tokens)
{
    double x[49];
    for (int i = 0; i < 49; i++) x[i] = 0.7;
    static const Shape shape = {1, 49, 1};
    GradCase c = make_case(&shape);
    c.input[0].values = x;
    OpRun r = op_run(&c);
    ck_assert_int_eq(r.y->shape[1], 50);
    ck_assert_double_eq_tol((double)r.y->data[0], 0.7, 1e-7);
    for (int i = 0; i < 49; i++) ck_assert(r.y->data[1 + i] == r.input[0]->data[i]);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {5, 145, 130};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

START_TEST(test_two_axes)
{
    Tape *tape = tape_new();
    op_pool_prepend(tape, tape_tensor(tape, 2, (int64_t[]){5, 3}));
}
END_TEST

Suite *test_pool_prepend_suite(void);
Suite *test_pool_prepend_suite(void)
{
    Suite *s = suite_create("pool_prepend");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_equal_tokens);
    tcase_add_test(t, test_threads);
    tcase_add_test_raise_signal(op_tcase(s, "misuse"), test_two_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
