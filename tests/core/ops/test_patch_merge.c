/* SPDX-License-Identifier: Apache-2.0 */
/* Concatenation of 2x2 neighbors. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_patch_merge(tape, input[0], ((const OpCase *)options)->n);
}

/* Slices as in the reference: x0 = x[0::2, 0::2], x1 = x[1::2, 0::2], x2 = x[0::2, 1::2], x3 =
 * x[1::2, 1::2]. */
static void oracle(const GradCase *c, const double *const *x, double *y)
{
    static const int64_t first_row[4] = {0, 1, 0, 1}, first_col[4] = {0, 0, 1, 1};
    const int64_t B = c->input[0].shape[0], grid = ((const OpCase *)c->options)->n;
    const int64_t C = c->input[0].shape[2];
    for (int64_t b = 0; b < B; b++)
        for (int part = 0; part < 4; part++)
            for (int64_t row = first_row[part]; row < grid; row += 2)
                for (int64_t col = first_col[part]; col < grid; col += 2)
                    for (int64_t i = 0; i < C; i++) {
                        const int64_t token = (row / 2) * (grid / 2) + col / 2;
                        y[((b * grid * grid / 4 + token) * 4 + part) * C + i] =
                            x[0][((b * grid + row) * grid + col) * C + i];
                    }
}

static void order_of_neighbors(const OpRun *r)
{
    const double want[4] = {0, 10, 1, 11};
    op_expect(r->y, want, 0);
}

static const double PLACES[4] = {0, 1, 10, 11}; /* 10 row + col */

static const OpCase CASE[] = {
    {"x [2,36,3] -> [2,9,12]", .n = 6},
    {"x [1,4,5] -> [1,1,20]", .n = 2},
    {"x [3,16,1] -> [3,4,4]", .n = 4},
    {"x [1,4,1]", .n = 2, .values = {PLACES}, .property = order_of_neighbors},
    {"x [3,576,33] -> [3,144,132]", .n = 24, .large = true},
    {"x [1,9,2]", .n = 3, .misuse = "odd grid"},
    {"x [1,16,2]", .n = 2, .misuse = "other grid"},
    {"x [16,2]", .n = 4, .misuse = "two axes"},
    {0},
};

static const OpTable TABLE = {"patch_merge", build, oracle, CASE, .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_patch_merge_suite(void);
Suite *test_patch_merge_suite(void) { return op_suite(&TABLE, test_case); }
