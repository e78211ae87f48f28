/* SPDX-License-Identifier: Apache-2.0 */
/* y = x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2: values against the hyperbolic tangent in
 * double, at every magnitude. */
#include "core/ops/ops.h"
#include "tests/core/ops/activation.h"

#include <math.h>

static double inner(double x) { return sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x); }

static double gelu_tanh(double x) { return x * (1 + tanh(inner(x))) / 2; }

static double slope(double x)
{
    const double t = tanh(inner(x)), steep = sqrt(2 / acos(-1)) * (1 + 3 * 0.044715 * x * x);
    return (1 + t) / 2 + x * (1 - t * t) * steep / 2;
}

static const Activation TANH = {op_gelu_tanh, gelu_tanh, slope, 5e-7};

static const double EXTREMES[12] = {-1e30, -1e4,  -100, -52, -14, 0,
                                    1e-45, 1e-30, 5,    52,  1e4, 1e30};

static void extremes(const OpRun *r)
{
    op_backward(r);
    for (int i = 0; i < 12; i++) {
        const double at = (double)r->input[0]->data[i], y = (double)r->y->data[i];
        const double got = (double)r->input[0]->grad[i] / (double)(Real)op_weight(i);
        const double want = at < -1e4 ? 0 : gelu_tanh(at);
        ck_assert_msg(at > -400 || fabs(y) <= 1e-8, "far to the left: %g", y);
        if (at > -400)
            ck_assert_msg(fabs(y - want) <= 3e-7 * fabs(at) + 1e-40, "y(%g) = %g", at, y);
        if (fabs(at) < 1e4)
            ck_assert_msg(fabs(got - slope(at)) <= 1e-6, "slope(%g) = %g", at, got);
        ck_assert_msg(isfinite(got), "slope(%g) = %g", at, got);
    }
}

static const OpCase CASE[] = {
    {"x [1,1] -> [1,1]", .options = &TANH},
    {"x [1,7] -> [1,7]", .options = &TANH},
    {"x [1,16] -> [1,16]", .options = &TANH},
    {"x [1,33] -> [1,33]", .options = &TANH},
    {"x [1,150] -> [1,150]", .options = &TANH},
    {"x [1,40001]", .options = &TANH, .property = activation_sweep},
    {"x [1,12]", .options = &TANH, .values = {EXTREMES}, .property = extremes},
    {"x [1,33]", .options = &TANH, .property = activation_odd_part_is_half_x},
    {"x [1,37]", .options = &TANH, .property = activation_nan_stays},
    {"x [1,100003] -> [1,100003]", .options = &TANH, .large = true},
    {"x [3,0]", .options = &TANH, .misuse = "empty: no tape hands it out"},
    {0},
};

static const OpTable TABLE = {"gelu_tanh",   activation_build, activation_oracle, CASE,
                              .value = 3e-7, .gradient = 1e-6, .range = {{-4, 4}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_gelu_tanh_suite(void);
Suite *test_gelu_tanh_suite(void) { return op_suite(&TABLE, test_case); }
