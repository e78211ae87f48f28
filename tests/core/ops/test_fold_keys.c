/* Keys with the query projection folded in. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Shape {
    int64_t B, N, heads, D;
} Shape;

static const Shape SHAPE[] = {{2, 5, 2, 3}, {1, 1, 1, 4}, {3, 2, 4, 1}, {1, 7, 3, 2}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_fold_keys(tape, input[0], input[1], input[2], ((const Shape *)options)->heads);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape s = *(const Shape *)c->options;
    const int64_t C = s.heads * s.D;
    for (int64_t b = 0; b < s.B; b++)
        for (int64_t a = 0; a < s.heads; a++)
            for (int64_t n = 0; n < s.N; n++) {
                double *row = y + ((b * s.heads + a) * s.N + n) * (C + 1);
                for (int64_t d = a * s.D; d < (a + 1) * s.D; d++) {
                    const double k = x[0][(b * s.N + n) * C + d] / sqrt((double)s.D);
                    for (int64_t i = 0; i < C; i++) row[i] += x[1][d * C + i] * k;
                    row[C] += x[2][d] * k;
                }
            }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    const int64_t C = s->heads * s->D;
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->N, C});
    op_input(&c, -1, 1, 2, (int64_t[]){C, C});
    op_input(&c, -1, 1, 1, &C);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 1e-6);
    op_expect_gradient(&c, oracle, 5e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Score of a query x with a token: q . k / sqrt(D) = [x, 1] . y. */
START_TEST(test_scores_are_one_product)
{
    const Shape s = SHAPE[0];
    const GradCase c = make_case(&SHAPE[0]);
    OpRun r = op_run(&c);
    Tensor *x = tape_tensor(r.tape, 2, (int64_t[]){1, 6});
    test_fill(x, 9, -1, 1);
    const Tensor *q = op_linear(r.tape, x, r.input[1], r.input[2]);
    for (int64_t row = 0; row < s.B * s.heads * s.N; row++) {
        const int64_t n = row % s.N, a = row / s.N % s.heads, b = row / s.N / s.heads;
        double score = 0, folded = (double)r.y->data[row * 7 + 6];
        for (int64_t d = a * s.D; d < (a + 1) * s.D; d++)
            score += (double)q->data[d] * (double)r.input[0]->data[(b * s.N + n) * 6 + d];
        for (int64_t i = 0; i < 6; i++)
            folded += (double)x->data[i] * (double)r.y->data[row * 7 + i];
        ck_assert_double_eq_tol(folded, score / sqrt(3.0), 1e-5);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, 50, 4, 16};
    const GradCase c = make_case(&shape);
    op_expect_value(&c, oracle, 1e-5);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int64_t width, int64_t rows, int64_t bias, int64_t heads)
{
    Tape *tape = tape_new();
    op_fold_keys(tape, tape_tensor(tape, 3, (int64_t[]){2, 5, width}),
                 tape_tensor(tape, 2, (int64_t[]){rows, 6}), tape_tensor(tape, 1, &bias),
                 heads);
}

START_TEST(test_heads_do_not_divide) { misuse(6, 6, 6, 4); }
END_TEST
START_TEST(test_no_heads) { misuse(6, 6, 6, 0); }
END_TEST
START_TEST(test_other_width) { misuse(4, 6, 6, 2); }
END_TEST
START_TEST(test_not_square) { misuse(6, 4, 6, 2); }
END_TEST
START_TEST(test_other_bias) { misuse(6, 6, 5, 2); }
END_TEST

Suite *test_fold_keys_suite(void);
Suite *test_fold_keys_suite(void)
{
    Suite *s = suite_create("fold_keys");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_scores_are_one_product);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_heads_do_not_divide, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_heads, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_not_square, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_bias, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
