/* Some rows of a matrix. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t rows, C, n, index[4];
} Shape;

static const Shape SHAPE[] = {
    {7, 3, 4, {0, 2, 3, 6}}, {1, 5, 1, {0}}, {4, 1, 4, {0, 1, 2, 3}}, {9, 20, 2, {7, 8}}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    return op_select_rows(tape, input[0], s->n, s->index);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < s->C; k++) y[i * s->C + k] = x[0][s->index[i] * s->C + k];
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 2, (int64_t[]){s->rows, s->C});
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

/* All axes but the last are rows; the first row of each of B parts is what op_first_token gives. */
START_TEST(test_like_first_token)
{
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 3, (int64_t[]){3, 4, 5});
    for (int64_t i = 0; i < 60; i++) x->data[i] = (Real)i;
    const int64_t index[] = {0, 4, 8};
    ck_assert(op_same_bits(op_select_rows(tape, x, 3, index), op_first_token(tape, x)));
    tape_free(tape);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {5, 30000, 3, {0, 1, 4}};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int64_t n, const int64_t *index)
{
    Tape *tape = tape_new();
    op_select_rows(tape, tape_tensor(tape, 2, (int64_t[]){5, 3}), n, index);
}

START_TEST(test_behind_the_end) { misuse(2, (int64_t[]){0, 5}); }
END_TEST
START_TEST(test_negative) { misuse(1, (int64_t[]){-1}); }
END_TEST
START_TEST(test_twice) { misuse(2, (int64_t[]){1, 1}); }
END_TEST
START_TEST(test_falling) { misuse(2, (int64_t[]){2, 1}); }
END_TEST
START_TEST(test_none) { misuse(0, NULL); }
END_TEST

Suite *test_select_rows_suite(void);
Suite *test_select_rows_suite(void)
{
    Suite *s = suite_create("select_rows");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_like_first_token);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_behind_the_end, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative, SIGABRT);
    tcase_add_test_raise_signal(t, test_twice, SIGABRT);
    tcase_add_test_raise_signal(t, test_falling, SIGABRT);
    tcase_add_test_raise_signal(t, test_none, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
