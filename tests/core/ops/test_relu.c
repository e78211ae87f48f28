/* SPDX-License-Identifier: Apache-2.0 */
/* y = max(x, 0). */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_relu(tape, input[0]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    for (int64_t i = 0; i < op_len(c, 0); i++) y[i] = x[0][i] > 0 ? x[0][i] : 0;
}

static const double SPECIAL[6] = {0, -0.0, (double)NAN, HUGE_VAL, -HUGE_VAL, 1e-30};

/* The slope at 0 is 0, as in PyTorch; zeros are not negative; NaN stays NaN; -infinity becomes
 * 0. */
static void special_values(const OpRun *r)
{
    op_backward(r);
    ck_assert_double_eq((double)r->y->data[0], 0);
    ck_assert_double_eq((double)r->y->data[1], 0);
    ck_assert_double_eq((double)r->input[0]->grad[0], 0);
    ck_assert_double_eq((double)r->input[0]->grad[1], 0);
    ck_assert_msg(isnan((double)r->y->data[2]), "a NaN became %g", (double)r->y->data[2]);
    ck_assert_double_eq((double)r->y->data[3], HUGE_VAL);
    ck_assert_double_eq((double)r->y->data[4], 0);
    ck_assert_double_eq((double)r->y->data[5], (double)(Real)1e-30);
}

static void twice_is_once(const OpRun *r)
{
    ck_assert(op_same_bits(r->y, op_relu(r->tape, r->y)));
}

static const OpCase CASE[] = {
    {.shapes = "x [3,1] -> [3,1]"},
    {.shapes = "x [3,7] -> [3,7]"},
    {.shapes = "x [3,16] -> [3,16]"},
    {.shapes = "x [3,53] -> [3,53]"},
    {"x [3,2]", .values = {SPECIAL}, .property = special_values},
    {"x [3,53]", .property = twice_is_once},
    {"x [3,40001] -> [3,40001]", .large = true},
    {"x [0]", .misuse = "empty: no tape hands it out"},
    {0},
};

/* The only multiple of 10 within reach is 0. */
static const OpTable TABLE = {"relu",     build,        oracle,
                              CASE,       .value = 0,   .gradient = 1e-6,
                              .kink = 10, .away = 0.01, .range = {{-2, 2}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_relu_suite(void);
Suite *test_relu_suite(void) { return op_suite(&TABLE, test_case); }
