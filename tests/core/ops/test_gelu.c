/* SPDX-License-Identifier: Apache-2.0 */
/* y = x Phi(x): values against the error function in double, at every magnitude. */
#include "core/ops/ops.h"
#include "tests/core/ops/activation.h"

#include <float.h>
#include <math.h>

/* erfc is precise in the left tail, where 1 + erf is not. */
static double gelu(double x) { return 0.5 * x * erfc(-x * sqrt(0.5)); }

static double gelu_slope(double x)
{
    return 0.5 * erfc(-x * sqrt(0.5)) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1.0));
}

static const Activation GELU = {op_gelu, gelu, gelu_slope, 2e-7};

static const double EXTREMES[16] = {-1e30,           -1e4,  -100, -40, -14, 0,   1e-45, -1e-45,
                                    (double)FLT_MIN, 1e-30, 5,    14,  40,  100, 1e4,   1e30};

static void extremes(const OpRun *r)
{
    op_backward(r);
    for (int i = 0; i < 16; i++) {
        const double at = (double)r->input[0]->data[i], y = (double)r->y->data[i];
        const double slope = (double)r->input[0]->grad[i] / (double)(Real)op_weight(i);
        ck_assert_msg(fabs(y - gelu(at)) <= 2e-7 * fabs(at) + 1e-45,
                      "gelu(%g) = %g, expected %g", at, y, gelu(at));
        ck_assert_msg(at > -10 || fabs(y) < 1e-22, "gelu(%g) = %g", at, y);
        ck_assert_msg(fabs(slope - gelu_slope(at)) <= 1e-6, "slope at %g: %g, expected %g", at,
                      slope, gelu_slope(at));
    }
}

static const OpCase CASE[] = {
    {"x [1,1] -> [1,1]", .options = &GELU},
    {"x [1,7] -> [1,7]", .options = &GELU},
    {"x [1,16] -> [1,16]", .options = &GELU},
    {"x [1,33] -> [1,33]", .options = &GELU},
    {"x [1,150] -> [1,150]", .options = &GELU},
    {"x [1,40001]", .options = &GELU, .property = activation_sweep},
    {"x [1,16]", .options = &GELU, .values = {EXTREMES}, .property = extremes},
    {"x [1,33]", .options = &GELU, .property = activation_odd_part_is_half_x},
    {"x [1,37]", .options = &GELU, .property = activation_nan_stays},
    {"x [1,100003] -> [1,100003]", .options = &GELU, .large = true},
    {"x [3,0]", .options = &GELU, .misuse = "empty: no tape hands it out"},
    {0},
};

static const OpTable TABLE = {"gelu",        activation_build, activation_oracle, CASE,
                              .value = 2e-7, .gradient = 1e-6, .range = {{-4, 4}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_gelu_suite(void);
Suite *test_gelu_suite(void) { return op_suite(&TABLE, test_case); }
