/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-attention with folded keys and values against the unfolded computation: project,
 * attend, project. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>

enum { X, K, V, WQ, BQ, WO, BO }; /* inputs of the whole */

static int64_t heads_of(const void *options) { return ((const OpCase *)options)->n; }

/* p is the dropout; the rows are all of the queries. */
static Tensor *attention(Tape *tape, Tensor *x, Tensor *keys, Tensor *values, Tensor *bo,
                         const OpCase *row)
{
    return op_folded_attention(tape, x, keys, values, bo, row->n, row->p,
                               (DropoutRows){3, x->shape[1], 0});
}

/* ---- folding and attention together ---- */

static Tensor *build_whole(Tape *tape, Tensor *const *input, const void *options)
{
    const int64_t heads = heads_of(options);
    Tensor *keys = op_fold_keys(tape, input[K], input[WQ], input[BQ], heads);
    Tensor *values = op_fold_values(tape, input[V], input[WO], heads);
    return attention(tape, input[X], keys, values, input[BO], options);
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
static void attend(int64_t N, int64_t C, int64_t heads, const double *q, const double *k,
                   const double *v, double *out)
{
    const int64_t D = C / heads;
    double score[64];
    for (int64_t a = 0; a < heads; a++) {
        for (int64_t n = 0; n < N; n++) {
            score[n] = 0;
            for (int64_t d = a * D; d < (a + 1) * D; d++) score[n] += q[d] * k[n * C + d];
            score[n] /= sqrt((double)D);
        }
        op_softmax(N, score);
        for (int64_t d = a * D; d < (a + 1) * D; d++) {
            out[d] = 0;
            for (int64_t n = 0; n < N; n++) out[d] += score[n] * v[n * C + d];
        }
    }
}

static void oracle_whole(const GradCase *c, const double *const *in, double *y)
{
    const int64_t B = c->input[X].shape[0], Q = c->input[X].shape[1], C = c->input[X].shape[2];
    const int64_t N = c->input[K].shape[1];
    double q[128], out[128];
    for (int64_t row = 0; row < B * Q; row++) {
        const int64_t image = row / Q * N * C;
        project_query(C, in, in[X] + row * C, q);
        attend(N, C, heads_of(c->options), q, in[K] + image, in[V] + image, out);
        for (int64_t o = 0; o < C; o++) {
            y[row * C + o] = in[BO][o];
            for (int64_t i = 0; i < C; i++) y[row * C + o] += in[WO][o * C + i] * out[i];
        }
    }
}

static const OpCase WHOLE_CASE[] = {
    {"x [2,5,6]  k [2,3,6]  v [2,3,6]  wq [6,6]  bq [6]  wo [6,6]  bo [6] -> [2,5,6]", .n = 2},
    {"x [1,1,4]  k [1,1,4]  v [1,1,4]  wq [4,4]  bq [4]  wo [4,4]  bo [4] -> [1,1,4]", .n = 1},
    {"x [3,2,4]  k [3,7,4]  v [3,7,4]  wq [4,4]  bq [4]  wo [4,4]  bo [4] -> [3,2,4]", .n = 4},
    {"x [1,7,6]  k [1,4,6]  v [1,4,6]  wq [6,6]  bq [6]  wo [6,6]  bo [6] -> [1,7,6]", .n = 3},
    {0},
};

static const OpTable WHOLE = {"whole",    build_whole,   oracle_whole,
                              WHOLE_CASE, .value = 3e-6, .gradient = 1e-5};

START_TEST(test_whole) { op_check(&WHOLE, _i); }
END_TEST

/* ---- the operation alone, on arbitrary folded keys and values ---- */

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return attention(tape, input[0], input[1], input[2], input[3], options);
}

static void oracle(const GradCase *c, const double *const *in, double *y)
{
    const int64_t B = c->input[0].shape[0], Q = c->input[0].shape[1], C = c->input[0].shape[2];
    const int64_t rows = c->input[1].shape[1], heads = heads_of(c->options);
    double p[256];
    for (int64_t row = 0; row < B * Q; row++) {
        const double *x = in[0] + row * C;
        const double *keys = in[1] + row / Q * rows * (C + 1);
        const double *values = in[2] + row / Q * rows * C;
        for (int64_t k = 0; k < rows; k++) {
            p[k] = keys[k * (C + 1) + C];
            for (int64_t i = 0; i < C; i++) p[k] += x[i] * keys[k * (C + 1) + i];
        }
        for (int64_t a = 0; a < heads; a++) op_softmax(rows / heads, p + a * rows / heads);
        for (int64_t i = 0; i < C; i++) {
            y[row * C + i] = in[3][i];
            for (int64_t k = 0; k < rows; k++) y[row * C + i] += p[k] * values[k * C + i];
        }
    }
}

/* Rows of the softmax sum to 1: a head whose values are all the same row gives that row, and
 * heads add. Dropout scales the kept probabilities without normalizing again. */
static void weights_sum_to_one(const OpRun *r)
{
    if (r->c->training) return;
    for (int64_t i = 0; i < tensor_len(r->input[2]); i++) r->input[2]->data[i] = 1;
    const Tensor *y = op_again(r);
    for (int64_t i = 0; i < tensor_len(y); i++)
        ck_assert_double_eq_tol((double)y->data[i] -
                                    (double)r->input[3]->data[i % tensor_len(r->input[3])],
                                (double)heads_of(r->c->options), 1e-5);
}

/* The queries of an image depend on that image only, and not on each other. */
static void independence(const OpRun *r)
{
    r->input[0]->data[6] += 1;                           /* query 1 of image 0 */
    r->input[1]->data[tensor_len(r->input[1]) - 1] += 1; /* the last key of image 1 */
    const Tensor *y = op_again(r);
    for (int64_t row = 0; row < 10; row++) {
        bool same = true;
        for (int64_t i = 0; i < 6; i++)
            same = same && y->data[row * 6 + i] == r->y->data[row * 6 + i];
        ck_assert_int_eq(same, row < 5 && row != 1);
    }
}

/* For scores far out of the range of exp. */
static void finite_gradient(const OpRun *r)
{
    op_backward(r);
    for (int64_t i = 0; i < tensor_len(r->input[1]); i++)
        ck_assert(isfinite((double)r->input[1]->grad[i]));
}

static const OpCase CASE[] = {
    {"x [2,5,6]  keys [2,6,7]  values [2,6,6]  bo [6] -> [2,5,6]", .n = 2},
    {"x [1,1,4]  keys [1,1,5]  values [1,1,4]  bo [4] -> [1,1,4]", .n = 1},
    {"x [3,2,4]  keys [3,28,5]  values [3,28,4]  bo [4] -> [3,2,4]", .n = 4},
    {"x [1,7,6]  keys [1,12,7]  values [1,12,6]  bo [6] -> [1,7,6]", .n = 3},
    {"x [2,5,6]  keys [2,6,7]  values [2,6,6]  bo [6] -> [2,5,6]", 2, 0.1, .training = true},
    {"x [1,3,6]  keys [1,21,7]  values [1,21,6]  bo [6] -> [1,3,6]", 3, 0.5, .training = true},
    {"x [2,5,6]  keys [2,6,7]  values [2,6,6]  bo [6]", .n = 2, .property = independence},
    {"x [2,5,6]  keys [2,6,7]  values [2,6,6]  bo [6] -> [2,5,6]", .n = 2,
     .range = {{0}, {-300, 300}}, .value = 1e-3, .property = finite_gradient},
    {"x [3,67,32]  keys [3,200,33]  values [3,200,32]  bo [32] -> [3,67,32]", .n = 4,
     .large = true, .value = 1e-5},
    {"x [2,131,32]  keys [2,200,33]  values [2,200,32]  bo [32] -> [2,131,32]", 4, 0.1,
     .large = true, .training = true},
    {"x [2,5,6]  keys [2,6,6]  values [2,6,6]  bo [6]", .n = 2, .misuse = "keys without bias"},
    {"x [2,5,6]  keys [2,6,7]  values [2,4,6]  bo [6]", .n = 2, .misuse = "fewer values"},
    {"x [2,5,6]  keys [2,5,7]  values [2,5,6]  bo [6]", .n = 2,
     .misuse = "heads do not divide"},
    {"x [2,5,6]  keys [2,6,7]  values [2,6,6]  bo [6]", 2, 1, .training = true,
     .misuse = "certain drop"},
    {0},
};

static const OpTable TABLE = {
    "folded_attention",          build, oracle, CASE, .value = 3e-6, .gradient = 1e-5,
    .always = weights_sum_to_one};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

/* ---- dropout made visible: equal scores, and values that are rows of the identity ---- */

enum { MB = 2, MQ = 41, MN = 6, MH = 2, MC = MN * MH };

/* Output element k of a query is then the weight of folded row k after dropout: 0 or 1 / (N
 * (1-p)). */
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

/* Dropped probabilities are 0 and the others scaled, without normalizing again. */
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

START_TEST(test_rows_beyond_stride) { masks(training_tape(), MQ, 1, 0.1); }
END_TEST

/* ---- bfloat16 ---- */

static Tensor *build_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return build(tape, input, options);
}

static Tensor *build_unrecorded(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_recording(tape, false);
    return build_bf16(tape, input, options);
}

static double largest(const Real *x, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs((double)x[i]));
    return most;
}

/* Within a share of the largest number. */
static void close_to(const Real *have, const Real *want, int64_t n, double share)
{
    const double most = share * largest(want, n);
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_eq_tol((double)have[i], (double)want[i], most);
}

START_TEST(in_bfloat16)
{
    const OpCase row = {"x [2,301,96]  keys [2,580,97]  values [2,580,96]  bo [96]", .n = 4};
    GradCase c = op_grad_case(&TABLE, &row);
    if (bf16_missing()) {
        printf("folded_attention: bfloat16 not checked: %s\n", bf16_missing());
        return;
    }
    OpRun single = op_run(&c);
    c.build = build_unrecorded; /* as the first of two passes of a loss */
    OpRun first = op_run(&c);
    c.build = build_bf16;
    OpRun half = op_run(&c);
    op_backward(&single);
    op_backward(&half);
    omp_set_num_threads(3);
    OpRun again = op_run(&c);
    op_backward(&again);
    ck_assert(op_same_bits(half.y, again.y) && op_same_bits(half.y, first.y));
    ck_assert(!op_same_bits(half.y, single.y));
    close_to(half.y->data, single.y->data, tensor_len(single.y), 0.01);
    for (int i = 0; i < c.inputs; i++) {
        const int64_t n = tensor_len(single.input[i]);
        close_to(half.input[i]->grad, single.input[i]->grad, n, 0.02);
        ck_assert_mem_eq(half.input[i]->grad, again.input[i]->grad, (size_t)n * sizeof(Real));
    }
    op_run_free(&again);
    op_run_free(&half);
    op_run_free(&first);
    op_run_free(&single);
}
END_TEST

static void add_dropout(Suite *s)
{
    TCase *t = op_tcase(s, "dropout");
    tcase_add_loop_test(t, test_dropout_rate, 0, 2);
    tcase_add_test(t, test_dropout_only_in_training);
    tcase_add_test(t, test_tiles_do_not_matter);
    tcase_add_test_raise_signal(t, test_rows_beyond_stride, SIGABRT);
}

Suite *test_folded_attention_suite(void);
Suite *test_folded_attention_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    op_add_table(s, &WHOLE, test_whole);
    add_dropout(s);
    if (!op_double()) tcase_add_test(op_tcase(s, "bf16"), in_bfloat16);
    return s;
}
