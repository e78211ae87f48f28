/* SPDX-License-Identifier: Apache-2.0 */
/* Attention weights against the unfolded computation: project, compare, softmax, mean over
 * heads. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

enum { X, K, WQ, BQ };

/* n heads. Without a query projection, the second input holds the folded keys. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const int64_t heads = ((const OpCase *)options)->n;
    if (!input[WQ]) return op_attention_weights(tape, input[X], input[K], heads);
    Tensor *keys = op_fold_keys(tape, input[K], input[WQ], input[BQ], heads);
    return op_attention_weights(tape, input[X], keys, heads);
}

/* One number of the query's projection. */
static double query(int64_t C, const double *const *in, int64_t row, int64_t o)
{
    double q = in[BQ][o];
    for (int64_t i = 0; i < C; i++) q += in[WQ][o * C + i] * in[X][row * C + i];
    return q;
}

static void oracle(const GradCase *c, const double *const *in, double *y)
{
    const int64_t B = c->input[X].shape[0], Q = c->input[X].shape[1], C = c->input[X].shape[2];
    const int64_t N = c->input[K].shape[1], heads = ((const OpCase *)c->options)->n;
    double p[16];
    for (int64_t row = 0; row < B * Q; row++)
        for (int64_t a = 0; a < heads; a++) {
            const double *k = in[K] + row / Q * N * C;
            for (int64_t n = 0; n < N; n++) {
                p[n] = 0;
                for (int64_t d = a * C / heads; d < (a + 1) * C / heads; d++)
                    p[n] += query(C, in, row, d) * k[n * C + d];
                p[n] /= sqrt((double)(C / heads));
            }
            op_softmax(N, p);
            for (int64_t n = 0; n < N; n++) y[row * N + n] += p[n] / (double)heads;
        }
}

static void rows_sum_to_one(const OpRun *r)
{
    const int64_t N = r->y->shape[2];
    for (int64_t row = 0; row < tensor_rows(r->y); row++) {
        double sum = 0;
        for (int64_t n = 0; n < N; n++) sum += (double)r->y->data[row * N + n];
        ck_assert_double_eq_tol(sum, 1, 1e-6);
    }
}

/* The weights are those of op_folded_attention: with one head, and rows of the identity as
 * values, its output equals its weights. */
static void same_as_attention(const OpRun *r)
{
    enum { Q = 4, C = 6 };
    Tensor *values = tape_tensor(r->tape, 3, (int64_t[]){1, C, C});
    Tensor *bo = tape_tensor(r->tape, 1, (int64_t[]){C});
    test_fill(bo, 3, 0, 0);
    for (int64_t i = 0; i < C * C; i++) values->data[i] = i / C == i % C;
    const Tensor *want = op_folded_attention(r->tape, r->input[X], r->input[K], values, bo, 1,
                                             0, (DropoutRows){0, Q, 0});
    for (int64_t i = 0; i < Q * C; i++)
        ck_assert_double_eq_tol((double)r->y->data[i], (double)want->data[i], 1e-6);
}

/* Nothing is recorded and no gradient flows, even if the tape records and inputs need
 * gradients. */
static void constant(const OpRun *r)
{
    ck_assert(tape_recording(r->tape) && r->input[X]->needs_grad && !r->y->needs_grad);
}

static const OpCase CASE[] = {
    {"x [2,5,6]  k [2,3,6]  wq [6,6]  bq [6] -> [2,5,3]", .n = 2},
    {"x [1,1,4]  k [1,1,4]  wq [4,4]  bq [4] -> [1,1,1]", .n = 1},
    {"x [3,2,4]  k [3,7,4]  wq [4,4]  bq [4] -> [3,2,7]", .n = 4},
    {"x [1,7,6]  k [1,4,6]  wq [6,6]  bq [6] -> [1,7,4]", .n = 3},
    {"x [1,4,6]  keys [1,6,7]", .n = 1, .range = {{-1, 1}, {-1, 1}},
     .property = same_as_attention},
    {"x [2,5,6]  k [2,3,6]  wq [6,6]  bq [6]", .n = 2, .property = constant},
    {"x [2,5,4]  keys [1,6,5]", .n = 2, .misuse = "batches"},
    {"x [2,5,4]  keys [2,6,4]", .n = 2, .misuse = "no column for the bias"},
    {"x [2,5,4]  keys [2,6,5]", .n = 4, .misuse = "heads do not divide the rows"},
    {"x [2,5,4]  keys [2,6,5]", .n = 0, .misuse = "no heads"},
    {0},
};

static const OpTable TABLE = {"attention_weights",
                              build,
                              oracle,
                              CASE,
                              .value = 3e-6,
                              .range = {{-2, 2}, {-2, 2}},
                              .constant = true,
                              .always = rows_sum_to_one};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_attention_weights_suite(void);
Suite *test_attention_weights_suite(void) { return op_suite(&TABLE, test_case); }
