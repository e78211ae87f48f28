/* SPDX-License-Identifier: Apache-2.0 */
/* y = x sigmoid(1.702 x): values against the exponential in double, at every magnitude. */
#include "core/ops/ops.h"
#include "tests/core/ops/activation.h"

#include <math.h>

static double quick_gelu(double x) { return x / (1 + exp(-1.702 * x)); }

static double slope(double x)
{
    const double s = 1 / (1 + exp(-1.702 * x));
    return s + 1.702 * x * s * (1 - s);
}

static const Activation QUICK = {op_quick_gelu, quick_gelu, slope, 5e-7};

static const OpCase CASE[] = {ACTIVATION_ROWS(&QUICK)};

static const OpTable TABLE = {"quick_gelu",  activation_build, activation_oracle, CASE,
                              .value = 3e-7, .gradient = 1e-6, .range = {{-4, 4}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_quick_gelu_suite(void);
Suite *test_quick_gelu_suite(void) { return op_suite(&TABLE, test_case); }
