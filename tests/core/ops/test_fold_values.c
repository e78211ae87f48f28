/* SPDX-License-Identifier: Apache-2.0 */
/* Values multiplied by the output projection. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_fold_values(tape, input[0], input[1], ((const OpCase *)options)->n);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t *s = c->input[0].shape, B = s[0], N = s[1], C = s[2];
    const int64_t heads = ((const OpCase *)c->options)->n, D = C / heads;
    for (int64_t b = 0; b < B; b++)
        for (int64_t a = 0; a < heads; a++)
            for (int64_t n = 0; n < N; n++)
                for (int64_t i = 0; i < C; i++)
                    for (int64_t d = a * D; d < (a + 1) * D; d++)
                        y[((b * heads + a) * N + n) * C + i] +=
                            x[1][i * C + d] * x[0][(b * N + n) * C + d];
}

/* The parts of all heads add up to the complete projection. */
static void heads_add_up(const OpRun *r)
{
    enum { N = 7, C = 6 };
    const Tensor *whole = op_linear(r->tape, r->input[0], r->input[1], NULL);
    for (int64_t n = 0; n < N; n++)
        for (int64_t i = 0; i < C; i++) {
            double sum = 0;
            for (int64_t a = 0; a < 3; a++) sum += (double)r->y->data[(a * N + n) * C + i];
            ck_assert_double_eq_tol(sum, (double)whole->data[n * C + i], 1e-5);
        }
}

static const OpCase CASE[] = {
    {"v [2,5,6]  wo [6,6] -> [2,10,6]", .n = 2},
    {"v [1,1,4]  wo [4,4] -> [1,1,4]", .n = 1},
    {"v [3,2,4]  wo [4,4] -> [3,8,4]", .n = 4},
    {"v [1,7,6]  wo [6,6] -> [1,21,6]", .n = 3},
    {"v [1,7,6]  wo [6,6]", .n = 3, .property = heads_add_up},
    {"v [3,50,64]  wo [64,64] -> [3,200,64]", .n = 4, .large = true, .value = 1e-5},
    {"v [2,5,6]  wo [6,6]", .n = 4, .misuse = "heads do not divide"},
    {"v [2,5,6]  wo [6,6]", .n = 0, .misuse = "no heads"},
    {"v [2,5,4]  wo [6,6]", .n = 2, .misuse = "other width"},
    {"v [2,5,6]  wo [4,6]", .n = 2, .misuse = "not square"},
    {0},
};

static const OpTable TABLE = {"fold_values", build,         oracle,
                              CASE,          .value = 1e-6, .gradient = 5e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_fold_values_suite(void);
Suite *test_fold_values_suite(void) { return op_suite(&TABLE, test_case); }
