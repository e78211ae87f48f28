/* SPDX-License-Identifier: Apache-2.0 */
/* One factor per channel. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_layer_scale(tape, input[0], input[1]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t C = c->input[1].shape[0];
    int64_t n = 1;
    for (int i = 0; i < c->input[0].ndim; i++) n *= c->input[0].shape[i];
    for (int64_t i = 0; i < n; i++) y[i] = x[0][i] * x[1][i % C];
}

/* Factors of 1 change nothing. */
static void ones_change_nothing(const OpRun *r)
{
    for (int64_t i = 0; i < tensor_len(r->input[1]); i++) r->input[1]->data[i] = 1;
    const Tensor *y = op_again(r);
    for (int64_t i = 0; i < tensor_len(y); i++) ck_assert(y->data[i] == r->input[0]->data[i]);
}

static const OpCase CASE[] = {
    {.shapes = "x [2,5,3]  gamma [3] -> [2,5,3]"},
    {.shapes = "x [7,1]  gamma [1] -> [7,1]"},
    {.shapes = "x [5,37]  gamma [37] -> [5,37]"},
    {"x [67,129]  gamma [129] -> [67,129]", .large = true},
    {"x [2,5,3]  gamma [5]", .misuse = "other channels"},
    {0},
};

static const OpTable TABLE = {"layer_scale",
                              build,
                              oracle,
                              CASE,
                              .value = 1e-6,
                              .gradient = 1e-5,
                              .always = ones_change_nothing};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_layer_scale_suite(void);
Suite *test_layer_scale_suite(void) { return op_suite(&TABLE, test_case); }
