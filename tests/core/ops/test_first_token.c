/* SPDX-License-Identifier: Apache-2.0 */
/* The first token of every image. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_first_token(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t *s = c->input[0].shape, B = s[0], N = s[1], C = s[2];
    for (int64_t i = 0; i < B * C; i++) y[i] = x[0][i / C * N * C + i % C];
}

/* After op_pool_prepend it is the mean: every token gets 1 / N of the gradient. */
static void mean_after_pool(const OpRun *r)
{
    Tensor *y = op_first_token(r->tape, op_pool_prepend(r->tape, r->input[0]));
    const OpRun pooled = {.tape = r->tape, .y = y};
    op_backward(&pooled);
    ck_assert_int_eq(y->ndim, 2);
    for (int64_t b = 0; b < 2; b++)
        for (int64_t i = 0; i < 15; i++)
            ck_assert_double_eq_tol((double)r->input[0]->grad[b * 15 + i],
                                    op_weight(b * 3 + i % 3) / 5, 1e-7);
}

static const OpCase CASE[] = {
    {.shapes = "x [2,5,3] -> [2,3]"},
    {.shapes = "x [1,1,4] -> [1,4]"},
    {.shapes = "x [3,2,1] -> [3,1]"},
    {"x [2,5,3]", .property = mean_after_pool},
    {"x [9,145,130] -> [9,130]", .large = true},
    {"x [5,3]", .misuse = "two axes"},
    {0},
};

static const OpTable TABLE = {"first_token", build, oracle, CASE, .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_first_token_suite(void);
Suite *test_first_token_suite(void) { return op_suite(&TABLE, test_case); }
