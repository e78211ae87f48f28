/* Cross-attention with folded keys and values against the plain one: project, attend, project. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Shape {
    int64_t B, Q, N, heads, D;
    double dropout;
} Shape;

static const Shape SHAPE[] = {
    {2, 5, 3, 2, 3, 0}, {1, 1, 1, 1, 4, 0}, {3, 2, 7, 4, 1, 0}, {1, 7, 4, 3, 2, 0}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

enum { X, K, V, WQ, BQ, WO, BO }; /* inputs of the whole */

/* Folding and attention together; dropout as the shape says. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    Tensor *keys = op_fold_keys(tape, input[K], input[WQ], input[BQ], s->heads);
    Tensor *values = op_fold_values(tape, input[V], input[WO], s->heads);
    return op_folded_attention(tape, input[X], keys, values, input[BO], s->heads, s->dropout,
                               (DropoutRows){3, s->Q, 0});
}

/* One query's projection, head by head. */
static void project_query(int64_t C, const double *const *in, const double *x, double *q)
{
    for (int64_t o = 0; o < C; o++) {
        q[o] = in[BQ][o];
        for (int64_t i = 0; i < C; i++) q[o] += in[WQ][o * C + i] * x[i];
    }
}

/* The concatenated heads' outputs of one query. k, v [N, C] of its image. */
static void attend(const Shape *s, const double *q, const double *k, const double *v,
                   double *out)
{
    const int64_t C = s->heads * s->D;
    double score[64];
    for (int64_t a = 0; a < s->heads; a++) {
        for (int64_t n = 0; n < s->N; n++) {
            score[n] = 0;
            for (int64_t d = a * s->D; d < (a + 1) * s->D; d++) score[n] += q[d] * k[n * C + d];
            score[n] /= sqrt((double)s->D);
        }
        op_softmax(s->N, score);
        for (int64_t d = a * s->D; d < (a + 1) * s->D; d++) {
            out[d] = 0;
            for (int64_t n = 0; n < s->N; n++) out[d] += score[n] * v[n * C + d];
        }
    }
}

static void oracle(const GradCase *c, const double *const *in, double *y)
{
    const Shape *s = c->options;
    const int64_t C = s->heads * s->D;
    double q[128], out[128];
    for (int64_t row = 0; row < s->B * s->Q; row++) {
        const int64_t image = row / s->Q * s->N * C;
        project_query(C, in, in[X] + row * C, q);
        attend(s, q, in[K] + image, in[V] + image, out);
        for (int64_t o = 0; o < C; o++) {
            y[row * C + o] = in[BO][o];
            for (int64_t i = 0; i < C; i++) y[row * C + o] += in[WO][o * C + i] * out[i];
        }
    }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s, .training = s->dropout > 0};
    const int64_t C = s->heads * s->D;
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->Q, C});
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->N, C});
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->N, C});
    op_input(&c, -1, 1, 2, (int64_t[]){C, C});
    op_input(&c, -1, 1, 1, &C);
    op_input(&c, -1, 1, 2, (int64_t[]){C, C});
    op_input(&c, -1, 1, 1, &C);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 3e-6);
    op_expect_gradient(&c, oracle, 1e-5);
}
END_TEST

START_TEST(test_whole_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* ---- the operation alone, on arbitrary folded keys and values ---- */

static Tensor *build_alone(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    return op_folded_attention(tape, input[0], input[1], input[2], input[3], s->heads,
                               s->dropout, (DropoutRows){3, s->Q, 0});
}

static void oracle_alone(const GradCase *c, const double *const *in, double *y)
{
    const Shape *s = c->options;
    const int64_t C = s->heads * s->D, rows = s->heads * s->N;
    double p[256];
    for (int64_t row = 0; row < s->B * s->Q; row++) {
        const double *x = in[0] + row * C;
        const double *keys = in[1] + row / s->Q * rows * (C + 1);
        const double *values = in[2] + row / s->Q * rows * C;
        for (int64_t k = 0; k < rows; k++) {
            p[k] = keys[k * (C + 1) + C];
            for (int64_t i = 0; i < C; i++) p[k] += x[i] * keys[k * (C + 1) + i];
        }
        for (int64_t a = 0; a < s->heads; a++) op_softmax(s->N, p + a * s->N);
        for (int64_t i = 0; i < C; i++) {
            y[row * C + i] = in[3][i];
            for (int64_t k = 0; k < rows; k++) y[row * C + i] += p[k] * values[k * C + i];
        }
    }
}

static GradCase make_alone(const Shape *s)
{
    GradCase c = {.build = build_alone, .options = s, .training = s->dropout > 0};
    const int64_t C = s->heads * s->D, rows = s->heads * s->N;
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->Q, C});
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, rows, C + 1});
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, rows, C});
    op_input(&c, -1, 1, 1, &C);
    return c;
}

START_TEST(test_value_alone)
{
    const GradCase c = make_alone(&SHAPE[_i]);
    op_expect_value(&c, oracle_alone, 3e-6);
    op_expect_gradient(&c, oracle_alone, 1e-5);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_alone(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

START_TEST(test_gradient_with_dropout)
{
    static const Shape shape[2] = {{2, 5, 3, 2, 3, 0.1}, {1, 3, 7, 3, 2, 0.5}};
    const GradCase c = make_alone(&shape[_i]);
    grad_check(&c);
}
END_TEST

/* Rows of the softmax sum to 1: a head whose values are all the same row gives that row, and heads add. */
START_TEST(test_weights_sum_to_one)
{
    const Shape *s = &SHAPE[_i];
    const GradCase c = make_alone(s);
    OpRun r = op_run(&c);
    for (int64_t i = 0; i < tensor_len(r.input[2]); i++) r.input[2]->data[i] = 1;
    const Tensor *y = build_alone(r.tape, r.input, s);
    for (int64_t i = 0; i < tensor_len(y); i++)
        ck_assert_double_eq_tol((double)y->data[i] -
                                    (double)r.input[3]->data[i % (s->heads * s->D)],
                                (double)s->heads, 1e-5);
    op_run_free(&r);
}
END_TEST

/* Each image's queries see that image alone, and each query itself alone. */
START_TEST(test_independence)
{
    const Shape *s = &SHAPE[0];
    const GradCase c = make_alone(s);
    OpRun r = op_run(&c);
    r.input[0]->data[6] += 1;                          /* query 1 of image 0 */
    r.input[1]->data[tensor_len(r.input[1]) - 1] += 1; /* the last key of image 1 */
    const Tensor *y = build_alone(r.tape, r.input, s);
    for (int64_t row = 0; row < 10; row++) {
        bool same = true;
        for (int64_t i = 0; i < 6; i++)
            same = same && y->data[row * 6 + i] == r.y->data[row * 6 + i];
        ck_assert_int_eq(same, row < 5 && row != 1);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_large_scores)
{
    GradCase c = make_alone(&SHAPE[0]);
    c.input[1].lo = -300;
    c.input[1].hi = 300;
    op_expect_value(&c, oracle_alone, 1e-3);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < tensor_len(r.input[1]); i++)
        ck_assert(isfinite((double)r.input[1]->grad[i]));
    op_run_free(&r);
}
END_TEST

/* ---- dropout made visible: equal scores, and values that are rows of the identity ---- */

enum { MB = 2, MQ = 41, MN = 6, MH = 2, MC = MN * MH };

/* Output element k of a query is then the weight of folded row k after dropout: 0 or 1 / (N (1-p)). */
static Tensor *masks(Tape *tape, int64_t Q, int64_t first, double p)
{
    Tensor *x = tape_tensor(tape, 3, (int64_t[]){MB, Q, MC});
    Tensor *keys = tape_tensor(tape, 3, (int64_t[]){MB, MC, MC + 1});
    Tensor *values = tape_tensor(tape, 3, (int64_t[]){MB, MC, MC});
    Tensor *bo = tape_tensor(tape, 1, (int64_t[]){MC});
    test_fill(x, 1, 0, 1);
    test_fill(keys, 1, 0, 0);
    test_fill(bo, 1, 0, 0);
    for (int64_t i = 0; i < tensor_len(values); i++)
        values->data[i] = i / MC % MC == i % MC ? 1 : 0;
    return op_folded_attention(tape, x, keys, values, bo, MH, p, (DropoutRows){5, MQ, first});
}

static Tape *training_tape(void)
{
    Tape *tape = tape_new();
    tape_set_step(tape, 7, 3);
    tape_set_training(tape, true);
    return tape;
}

/* Dropped probabilities are 0 and the others scaled, without normalising again. */
START_TEST(test_dropout_rate)
{
    static const double rate[] = {0.1, 0.5};
    const double p = rate[_i], kept = 1 / (MN * (1 - p));
    Tape *tape = training_tape();
    const Tensor *y = masks(tape, MQ, 0, p);
    const int64_t n = tensor_len(y);
    int64_t zeros = 0;
    for (int64_t i = 0; i < n; i++) {
        const double v = (double)y->data[i];
        zeros += fabs(v) < 1e-12;
        ck_assert_msg(fabs(v) < 1e-12 || fabs(v - kept) < 1e-6, "%g is neither 0 nor %g", v,
                      kept);
    }
    ck_assert_double_eq_tol((double)zeros / (double)n, p, 5 * sqrt(p * (1 - p) / (double)n));
    tape_free(tape);
}
END_TEST

START_TEST(test_dropout_only_in_training)
{
    Tape *tape = training_tape();
    tape_set_training(tape, false);
    const Tensor *y = masks(tape, MQ, 0, 0.5);
    for (int64_t i = 0; i < tensor_len(y); i++)
        ck_assert_double_eq_tol((double)y->data[i], 1.0 / MN, 1e-6);
    tape_free(tape);
}
END_TEST

START_TEST(test_tiles_do_not_matter)
{
    static const int64_t first[4] = {0, 1, 17, MQ};
    Tape *tape = training_tape();
    const Tensor *whole = masks(tape, MQ, 0, 0.5);
    for (int t = 0; t < 3; t++) {
        const int64_t Q = first[t + 1] - first[t];
        const Tensor *part = masks(tape, Q, first[t], 0.5);
        for (int64_t b = 0; b < MB; b++)
            for (int64_t i = 0; i < Q * MC; i++)
                ck_assert_int_eq(part->data[b * Q * MC + i] != 0,
                                 whole->data[(b * MQ + first[t]) * MC + i] != 0);
    }
    tape_free(tape);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape[2] = {{3, 67, 50, 4, 8, 0}, {2, 131, 50, 4, 8, 0.1}};
    const GradCase c = make_alone(&shape[_i]);
    if (!c.training) op_expect_value(&c, oracle_alone, 1e-5);
    op_expect_threads(&c);
}
END_TEST

/* ---- misuse ---- */

static void misuse(int64_t keys, int64_t values, int64_t width, int64_t heads, double dropout)
{
    Tape *tape = training_tape();
    op_folded_attention(tape, tape_tensor(tape, 3, (int64_t[]){2, 5, 6}),
                        tape_tensor(tape, 3, (int64_t[]){2, keys, width}),
                        tape_tensor(tape, 3, (int64_t[]){2, values, 6}),
                        tape_tensor(tape, 1, (int64_t[]){6}), heads, dropout,
                        (DropoutRows){1, 4, 0});
}

START_TEST(test_keys_without_bias) { misuse(6, 6, 6, 2, 0); }
END_TEST
START_TEST(test_fewer_values) { misuse(6, 4, 7, 2, 0); }
END_TEST
START_TEST(test_heads_do_not_divide) { misuse(5, 5, 7, 2, 0); }
END_TEST
START_TEST(test_certain_drop) { misuse(6, 6, 7, 2, 1); }
END_TEST
START_TEST(test_rows_beyond_stride) { misuse(6, 6, 7, 2, 0.1); }
END_TEST

static void add_dropout(Suite *s)
{
    TCase *t = op_tcase(s, "dropout");
    tcase_add_loop_test(t, test_dropout_rate, 0, 2);
    tcase_add_test(t, test_dropout_only_in_training);
    tcase_add_test(t, test_tiles_do_not_matter);
}

static void add_misuse(Suite *s)
{
    TCase *t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_keys_without_bias, SIGABRT);
    tcase_add_test_raise_signal(t, test_fewer_values, SIGABRT);
    tcase_add_test_raise_signal(t, test_heads_do_not_divide, SIGABRT);
    tcase_add_test_raise_signal(t, test_certain_drop, SIGABRT);
    tcase_add_test_raise_signal(t, test_rows_beyond_stride, SIGABRT);
}

Suite *test_folded_attention_suite(void);
Suite *test_folded_attention_suite(void)
{
    Suite *s = suite_create("folded_attention");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_value_alone, 0, SHAPES);
    tcase_add_loop_test(t, test_weights_sum_to_one, 0, SHAPES);
    tcase_add_test(t, test_independence);
    tcase_add_test(t, test_large_scores);
    tcase_add_loop_test(t, test_threads, 0, 2);
    add_dropout(s);
    add_misuse(s);
    if (!op_double()) return s;
    t = op_tcase(s, "gradient");
    tcase_add_loop_test(t, test_gradient, 0, SHAPES);
    tcase_add_loop_test(t, test_whole_gradient, 0, SHAPES);
    tcase_add_loop_test(t, test_gradient_with_dropout, 0, 2);
    return s;
}
