/* Attention for people against the plain one: project, compare, softmax, mean over heads. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Shape {
    int64_t B, Q, N, heads, D;
} Shape;

static const Shape SHAPE[] = {
    {2, 5, 3, 2, 3}, {1, 1, 1, 1, 4}, {3, 2, 7, 4, 1}, {1, 7, 4, 3, 2}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

enum { X, K, WQ, BQ };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    Tensor *keys = op_fold_keys(tape, input[K], input[WQ], input[BQ], s->heads);
    return op_attention_weights(tape, input[X], keys, s->heads);
}

/* The query's projection, one number. */
static double query(int64_t C, const double *const *in, int64_t row, int64_t o)
{
    double q = in[BQ][o];
    for (int64_t i = 0; i < C; i++) q += in[WQ][o * C + i] * in[X][row * C + i];
    return q;
}

static void oracle(const GradCase *c, const double *const *in, double *y)
{
    const Shape *s = c->options;
    const int64_t C = s->heads * s->D;
    double p[16];
    for (int64_t i = 0; i < s->B * s->Q * s->N; i++) y[i] = 0;
    for (int64_t row = 0; row < s->B * s->Q; row++)
        for (int64_t a = 0; a < s->heads; a++) {
            const double *k = in[K] + row / s->Q * s->N * C;
            for (int64_t n = 0; n < s->N; n++) {
                p[n] = 0;
                for (int64_t d = a * s->D; d < (a + 1) * s->D; d++)
                    p[n] += query(C, in, row, d) * k[n * C + d];
                p[n] /= sqrt((double)s->D);
            }
            op_softmax(s->N, p);
            for (int64_t n = 0; n < s->N; n++) y[row * s->N + n] += p[n] / (double)s->heads;
        }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    const int64_t C = s->heads * s->D;
    op_input(&c, -2, 2, 3, (int64_t[]){s->B, s->Q, C});
    op_input(&c, -2, 2, 3, (int64_t[]){s->B, s->N, C});
    op_input(&c, -1, 1, 2, (int64_t[]){C, C});
    op_input(&c, -1, 1, 1, &C);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 3e-6);
}
END_TEST

START_TEST(test_rows_sum_to_one)
{
    const Shape *s = &SHAPE[_i];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    ck_assert_int_eq(r.y->ndim, 3);
    for (int64_t row = 0; row < s->B * s->Q; row++) {
        double sum = 0;
        for (int64_t n = 0; n < s->N; n++) sum += (double)r.y->data[row * s->N + n];
        ck_assert_double_eq_tol(sum, 1, 1e-6);
    }
    op_run_free(&r);
}
END_TEST

/* They are the weights that op_folded_attention gives to values: with one head, and values that are rows
 * of the identity, its output is its weights. */
START_TEST(test_same_as_attention)
{
    enum { Q = 4, C = 6 };
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 3, (int64_t[]){1, Q, C});
    Tensor *keys = tape_tensor(tape, 3, (int64_t[]){1, C, C + 1});
    Tensor *values = tape_tensor(tape, 3, (int64_t[]){1, C, C});
    Tensor *bo = tape_tensor(tape, 1, (int64_t[]){C});
    test_fill(x, 1, -1, 1);
    test_fill(keys, 2, -1, 1);
    test_fill(bo, 3, 0, 0);
    for (int64_t i = 0; i < C * C; i++) values->data[i] = i / C == i % C;
    const Tensor *want =
        op_folded_attention(tape, x, keys, values, bo, 1, 0, (DropoutRows){0, Q, 0});
    const Tensor *y = op_attention_weights(tape, x, keys, 1);
    for (int64_t i = 0; i < Q * C; i++)
        ck_assert_double_eq_tol((double)y->data[i], (double)want->data[i], 1e-6);
    tape_free(tape);
}
END_TEST

/* While the tape records, and inputs need gradients: nothing is recorded, nothing flows. */
START_TEST(test_constant)
{
    const GradCase c = make_case(&SHAPE[0]);
    OpRun r = op_run(&c);
    ck_assert(tape_recording(r.tape) && r.input[X]->needs_grad && !r.y->needs_grad);
    op_run_free(&r);
}
END_TEST

static const struct {
    int64_t heads, x[3], keys[3];
} misuse[] = {
    {2, {2, 5, 4}, {1, 6, 5}}, /* batches */
    {2, {2, 5, 4}, {2, 6, 4}}, /* no column for the bias */
    {4, {2, 5, 4}, {2, 6, 5}}, /* heads that do not divide the rows */
    {0, {2, 5, 4}, {2, 6, 5}},
};
enum { MISUSE = sizeof misuse / sizeof *misuse };

START_TEST(test_misuse)
{
    Tape *tape = tape_new();
    op_attention_weights(tape, tape_tensor(tape, 3, misuse[_i].x),
                         tape_tensor(tape, 3, misuse[_i].keys), misuse[_i].heads);
}
END_TEST

Suite *test_attention_weights_suite(void);
Suite *test_attention_weights_suite(void)
{
    Suite *s = suite_create("attention_weights");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_rows_sum_to_one, 0, SHAPES);
    tcase_add_test(t, test_same_as_attention);
    tcase_add_test(t, test_constant);
    tcase_add_loop_test_raise_signal(op_tcase(s, "misuse"), test_misuse, SIGABRT, 0, MISUSE);
    return s;
}
