/* SPDX-License-Identifier: Apache-2.0 */
/* y = gamma (x - mean) / sqrt(var + eps) + beta. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

/* p is the epsilon. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_layernorm(tape, input[0], input[1], input[2], ((const OpCase *)options)->p);
}

static void oracle_row(int64_t C, double eps, const double *x, const double *gamma,
                       const double *beta, double *y)
{
    double mean = 0, var = 0;
    for (int64_t i = 0; i < C; i++) mean += x[i] / (double)C;
    for (int64_t i = 0; i < C; i++) var += (x[i] - mean) * (x[i] - mean) / (double)C;
    for (int64_t i = 0; i < C; i++) y[i] = gamma[i] * (x[i] - mean) / sqrt(var + eps) + beta[i];
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t C = op_len(c, 1);
    for (int64_t i = 0; i < op_len(c, 0); i += C)
        oracle_row(C, ((const OpCase *)c->options)->p, x[0] + i, x[1], x[2], y + i);
}

/* The variance is var / (var + eps): near 0 or near 1 for the same row, depending on eps
 * alone. */
static void eps_counts(const OpRun *r)
{
    const double eps = ((const OpCase *)r->c->options)->p;
    double sum = 0;
    for (int64_t i = 0; i < 64; i++)
        sum += fabs((double)((r->y->data[i] - r->input[2]->data[i]) / r->input[1]->data[i]));
    ck_assert_msg(eps < 1e-10 ? sum > 0.5 * 64 : sum < 0.05 * 64, "eps %g: mean |y| %g", eps,
                  sum / 64);
}

/* A mean much larger than the std must not cancel the digits of the variance. */
static void large_mean(const OpRun *r) { op_expect_value(r->c, oracle, 1e-3); }

static void constant_row_gives_beta(const OpRun *r)
{
    op_backward(r);
    for (int64_t i = 0; i < 6; i++) {
        ck_assert_double_eq((double)r->y->data[i], (double)r->input[2]->data[i % 3]);
        ck_assert(isfinite((double)r->input[0]->grad[i]));
    }
}

static void mean_and_variance(const OpRun *r)
{
    for (int64_t row = 0; row < 2; row++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < 7; i++) {
            const double v = (double)r->y->data[row * 7 + i];
            sum += v;
            squares += v * v;
        }
        ck_assert_double_eq_tol(sum, 0, 1e-5);
        ck_assert_double_eq_tol(squares, 7, 1e-4);
    }
}

static const double SAME[6] = {2.5, 2.5, 2.5, -1, -1, -1};
static const double ONES[7] = {1, 1, 1, 1, 1, 1, 1}, ZEROS[7] = {0};

static const OpCase CASE[] = {
    {"x [1,5,3]  gamma [3]  beta [3] -> [1,5,3]", .p = 1e-5},
    {"x [1,2,7]  gamma [7]  beta [7] -> [1,2,7]", .p = 1e-12},
    {"x [1,1,2]  gamma [2]  beta [2] -> [1,1,2]", .p = 1e-5, .range = {{-3, 3}}},
    {"x [1,3,33]  gamma [33]  beta [33] -> [1,3,33]", .p = 1e-5, .range = {{4, 6}}},
    /* eps is as large as the variance */
    {"x [1,4,5]  gamma [5]  beta [5] -> [1,4,5]", .p = 1e-3, .range = {{-0.05, 0.05}}},
    {"x [1,3,64]  gamma [64]  beta [64] -> [1,3,64]", .p = 1e-5, .range = {{-1e-4, 1e-4}},
     .value = 1e-4, .property = eps_counts},
    {"x [1,3,64]  gamma [64]  beta [64] -> [1,3,64]", .p = 1e-12, .range = {{-1e-4, 1e-4}},
     .value = 1e-4, .property = eps_counts},
    {"x [1,3,257]  gamma [257]  beta [257]", .p = 1e-5, .range = {{1000, 1001}},
     .property = large_mean},
    {"x [1,2,3]  gamma [3]  beta [3]", .p = 1e-12, .values = {SAME},
     .property = constant_row_gives_beta},
    {"x [1,2,7]  gamma [7]  beta [7]", .p = 1e-12, .values = {NULL, ONES, ZEROS},
     .property = mean_and_variance},
    {"x [1,301,129]  gamma [129]  beta [129] -> [1,301,129]", .p = 1e-5, .large = true},
    {"x [5,3]  gamma [4]  beta [3]", .p = 1e-5, .misuse = "other gamma"},
    {"x [5,3]  gamma [3]  beta [2]", .p = 1e-5, .misuse = "other beta"},
    {0},
};

static const OpTable TABLE = {"layernorm",
                              build,
                              oracle,
                              CASE,
                              .value = 5e-6,
                              .gradient = 5e-5,
                              .range = {{-1, 1}, {0.5, 1.5}, {-1, 1}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_layernorm_suite(void);
Suite *test_layernorm_suite(void) { return op_suite(&TABLE, test_case); }
