/* SPDX-License-Identifier: Apache-2.0 */
/* Keys multiplied by the query projection. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_fold_keys(tape, input[0], input[1], input[2], ((const OpCase *)options)->n);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t *s = c->input[0].shape, B = s[0], N = s[1], C = s[2];
    const int64_t heads = ((const OpCase *)c->options)->n, D = C / heads;
    for (int64_t b = 0; b < B; b++)
        for (int64_t a = 0; a < heads; a++)
            for (int64_t n = 0; n < N; n++) {
                double *row = y + ((b * heads + a) * N + n) * (C + 1);
                for (int64_t d = a * D; d < (a + 1) * D; d++) {
                    const double k = x[0][(b * N + n) * C + d] / sqrt((double)D);
                    for (int64_t i = 0; i < C; i++) row[i] += x[1][d * C + i] * k;
                    row[C] += x[2][d] * k;
                }
            }
}

/* Score of a query x with a token: q . k / sqrt(D) = [x, 1] . y. */
static void scores_are_one_product(const OpRun *r)
{
    enum { N = 5, HEADS = 2, D = 3, C = 6 };
    Tensor *x = tape_tensor(r->tape, 2, (int64_t[]){1, C});
    test_fill(x, 9, -1, 1);
    const Tensor *q = op_linear(r->tape, x, r->input[1], r->input[2]);
    for (int64_t row = 0; row < tensor_rows(r->y); row++) {
        const int64_t n = row % N, a = row / N % HEADS, b = row / N / HEADS;
        double score = 0, folded = (double)r->y->data[row * (C + 1) + C];
        for (int64_t d = a * D; d < (a + 1) * D; d++)
            score += (double)q->data[d] * (double)r->input[0]->data[(b * N + n) * C + d];
        for (int64_t i = 0; i < C; i++)
            folded += (double)x->data[i] * (double)r->y->data[row * (C + 1) + i];
        ck_assert_double_eq_tol(folded, score / sqrt(3.0), 1e-5);
    }
}

static const OpCase CASE[] = {
    {"k [2,5,6]  wq [6,6]  bq [6] -> [2,10,7]", .n = 2},
    {"k [1,1,4]  wq [4,4]  bq [4] -> [1,1,5]", .n = 1},
    {"k [3,2,4]  wq [4,4]  bq [4] -> [3,8,5]", .n = 4},
    {"k [1,7,6]  wq [6,6]  bq [6] -> [1,21,7]", .n = 3},
    {"k [2,5,6]  wq [6,6]  bq [6]", .n = 2, .property = scores_are_one_product},
    {"k [3,50,64]  wq [64,64]  bq [64] -> [3,200,65]", .n = 4, .large = true, .value = 1e-5},
    {"k [2,5,6]  wq [6,6]  bq [6]", .n = 4, .misuse = "heads do not divide"},
    {"k [2,5,6]  wq [6,6]  bq [6]", .n = 0, .misuse = "no heads"},
    {"k [2,5,4]  wq [6,6]  bq [6]", .n = 2, .misuse = "other width"},
    {"k [2,5,6]  wq [4,6]  bq [6]", .n = 2, .misuse = "not square"},
    {"k [2,5,6]  wq [6,6]  bq [5]", .n = 2, .misuse = "other bias"},
    {0},
};

static const OpTable TABLE = {"fold_keys", build,         oracle,
                              CASE,        .value = 1e-6, .gradient = 5e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_fold_keys_suite(void);
Suite *test_fold_keys_suite(void) { return op_suite(&TABLE, test_case); }
