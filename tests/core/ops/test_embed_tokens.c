/* Rows of two tables, added. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t V, L, C, n;
    int32_t id[6], at[6];
} Shape;

static const Shape SHAPE[] = {
    {5, 4, 3, 6, {4, 0, 4, 4, 2, 0}, {0, 1, 2, 0, 1, 3}}, /* tokens and positions repeat */
    {1, 1, 7, 1, {0}, {0}},
    {3, 2, 1, 2, {1, 2}, {1, 0}},
};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    return op_embed_tokens(tape, input[0], input[1], s->n, s->id, s->at);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < s->C; k++)
            y[i * s->C + k] = x[0][s->id[i] * s->C + k] + x[1][s->at[i] * s->C + k];
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 2, (int64_t[]){s->V, s->C});
    op_input(&c, -1, 1, 2, (int64_t[]){s->L, s->C});
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 1e-7);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* A token that stands nowhere gets no gradient, one that stands twice gets both. */
START_TEST(test_gradient_goes_where_tokens_stand)
{
    const GradCase c = make_case(&SHAPE[0]);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t k = 0; k < 3; k++) {
        ck_assert_double_eq((double)r.input[0]->grad[1 * 3 + k], 0);
        ck_assert_double_eq_tol((double)r.input[0]->grad[0 * 3 + k],
                                op_weight(1 * 3 + k) + op_weight(5 * 3 + k), 1e-6);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {5, 4, 20001, 6, {4, 0, 4, 4, 2, 0}, {0, 1, 2, 0, 1, 3}};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int64_t width, int64_t n, int32_t id, int32_t at)
{
    Tape *tape = tape_new();
    op_embed_tokens(tape, tape_tensor(tape, 2, (int64_t[]){5, 3}),
                    tape_tensor(tape, 2, (int64_t[]){4, width}), n, &id, &at);
}

START_TEST(test_token_too_large) { misuse(3, 1, 5, 0); }
END_TEST
START_TEST(test_negative_token) { misuse(3, 1, -1, 0); }
END_TEST
START_TEST(test_position_too_large) { misuse(3, 1, 0, 4); }
END_TEST
START_TEST(test_other_width) { misuse(2, 1, 0, 0); }
END_TEST
START_TEST(test_no_token) { misuse(3, 0, 0, 0); }
END_TEST

Suite *test_embed_tokens_suite(void);
Suite *test_embed_tokens_suite(void)
{
    Suite *s = suite_create("embed_tokens");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_gradient_goes_where_tokens_stand);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_token_too_large, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_token, SIGABRT);
    tcase_add_test_raise_signal(t, test_position_too_large, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_token, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
