/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of the tokens before the tokens. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_pool_prepend(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t *s = c->input[0].shape, B = s[0], N = s[1], C = s[2];
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < C; i++) {
            double sum = 0;
            for (int64_t n = 0; n < N; n++) {
                const double v = x[0][(b * N + n) * C + i];
                sum += v;
                y[(b * (1 + N) + 1 + n) * C + i] = v;
            }
            y[b * (1 + N) * C + i] = sum / (double)N;
        }
}

/* The mean of equal tokens is the same number, and the tokens are copied exactly. */
static void equal_tokens(const OpRun *r)
{
    for (int i = 0; i < 49; i++) r->input[0]->data[i] = (Real)0.7;
    const Tensor *y = op_again(r);
    ck_assert_double_eq_tol((double)y->data[0], 0.7, 1e-7);
    for (int i = 0; i < 49; i++) ck_assert(y->data[1 + i] == r->input[0]->data[i]);
}

static const OpCase CASE[] = {
    {.shapes = "x [2,5,3] -> [2,6,3]"},
    {.shapes = "x [1,1,4] -> [1,2,4]"},
    {.shapes = "x [3,49,1] -> [3,50,1]"},
    {"x [1,49,1]", .property = equal_tokens},
    {"x [5,145,130] -> [5,146,130]", .large = true},
    {"x [5,3]", .misuse = "two axes"},
    {0},
};

static const OpTable TABLE = {"pool_prepend", build,         oracle,
                              CASE,           .value = 3e-7, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_pool_prepend_suite(void);
Suite *test_pool_prepend_suite(void) { return op_suite(&TABLE, test_case); }
