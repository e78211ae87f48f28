/* SPDX-License-Identifier: Apache-2.0 */
/* y[b] = x. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_broadcast(tape, input[0], ((const OpCase *)options)->n);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t B = ((const OpCase *)c->options)->n, n = op_len(c, 0);
    for (int64_t i = 0; i < B * n; i++) y[i] = x[0][i % n];
}

static const OpCase CASE[] = {
    {"x [5,2] -> [3,5,2]", .n = 3},
    {"x [4,3] -> [1,4,3]", .n = 1},
    {"x [1,7] -> [2,1,7]", .n = 2},
    {"x [1,1] -> [7,1,1]", .n = 7},
    {"x [67,129] -> [5,67,129]", .n = 5, .large = true},
    {"x [1,5,2]", .n = 2, .misuse = "three axes"},
    {"x [5,2]", .n = 0, .misuse = "no batch"},
    {0},
};

static const OpTable TABLE = {"broadcast", build, oracle, CASE, .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_broadcast_suite(void);
Suite *test_broadcast_suite(void) { return op_suite(&TABLE, test_case); }
