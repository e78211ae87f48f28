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

static const OpCase CASE[] = {ACTIVATION_ROWS(&TANH)};

static const OpTable TABLE = {"gelu_tanh",   activation_build, activation_oracle, CASE,
                              .value = 3e-7, .gradient = 1e-6, .range = {{-4, 4}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_gelu_tanh_suite(void);
Suite *test_gelu_tanh_suite(void) { return op_suite(&TABLE, test_case); }
