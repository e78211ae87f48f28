/* SPDX-License-Identifier: Apache-2.0 */
/* y = x / |x|. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_normalize(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t rows = c->input[0].shape[0], C = c->input[0].shape[1];
    for (int64_t r = 0; r < rows; r++) {
        double squares = 0;
        for (int64_t i = 0; i < C; i++) squares += x[0][r * C + i] * x[0][r * C + i];
        for (int64_t i = 0; i < C; i++) y[r * C + i] = x[0][r * C + i] / sqrt(squares);
    }
}

/* Rows have length 1 whatever their scale: no epsilon shortens small ones. */
static void unit_rows(const OpRun *r)
{
    for (int64_t row = 0; row < 5; row++) {
        double squares = 0;
        for (int64_t i = 0; i < 3; i++) {
            const double v = (double)r->y->data[row * 3 + i];
            squares += v * v;
        }
        ck_assert_double_eq_tol(squares, 1, 1e-6);
    }
}

/* The length of a row has no influence: gradients are orthogonal to their row. */
static void gradient_is_orthogonal(const OpRun *r)
{
    op_backward(r);
    for (int64_t row = 0; row < 2; row++) {
        double dot = 0, size = 0;
        for (int64_t i = row * 65; i < (row + 1) * 65; i++) {
            dot += (double)r->input[0]->grad[i] * (double)r->input[0]->data[i];
            size += fabs((double)r->input[0]->grad[i] * (double)r->input[0]->data[i]);
        }
        ck_assert(size > 0.1);
        ck_assert_double_eq_tol(dot, 0, 1e-5 * size);
    }
}

/* The reference divides 0 by 0; a hidden epsilon would give 0. */
static void zero_row_is_not_a_number(const OpRun *r)
{
    ck_assert(isnan((double)r->y->data[0]) && isnan((double)r->y->data[2]));
    ck_assert_double_eq_tol((double)r->y->data[3], 0.6, 1e-7);
    ck_assert_double_eq_tol((double)r->y->data[5], 0.8, 1e-7);
}

static const double ZERO_ROW[6] = {0, 0, 0, 3, 0, 4};

static const OpCase CASE[] = {
    {.shapes = "x [5,3] -> [5,3]"},
    {.shapes = "x [1,7] -> [1,7]"},
    {.shapes = "x [3,2] -> [3,2]"},
    {.shapes = "x [2,65] -> [2,65]"},
    {"x [5,3]", .range = {{-1e-12, 1e-12}}, .property = unit_rows},
    {"x [5,3]", .range = {{-1e-6, 1e-6}}, .property = unit_rows},
    {"x [5,3]", .range = {{-1, 1}}, .property = unit_rows},
    {"x [5,3]", .range = {{-1e6, 1e6}}, .property = unit_rows},
    {"x [5,3]", .range = {{-1e12, 1e12}}, .property = unit_rows},
    {"x [2,65]", .property = gradient_is_orthogonal},
    {"x [2,3]", .values = {ZERO_ROW}, .property = zero_row_is_not_a_number},
    {"x [301,129] -> [301,129]", .range = {{-1, 1}}, .large = true},
    {"x []", .misuse = "no axis"},
    {0},
};

static const OpTable TABLE = {
    "normalize", build, oracle, CASE, .value = 5e-7, .gradient = 5e-6, .range = {{-2, 2}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_normalize_suite(void);
Suite *test_normalize_suite(void) { return op_suite(&TABLE, test_case); }
