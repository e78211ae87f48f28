/* SPDX-License-Identifier: Apache-2.0 */
/* y = a + b. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_add(tape, input[0], input[1]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    for (int64_t i = 0; i < op_len(c, 0); i++) y[i] = x[0][i] + x[1][i];
}

static void order_does_not_matter(const OpRun *r)
{
    ck_assert(op_same_bits(r->y, op_add(r->tape, r->input[1], r->input[0])));
}

static const OpCase CASE[] = {
    {.shapes = "a [2,5,3]  b [2,5,3] -> [2,5,3]"},
    {.shapes = "a [7]  b [7] -> [7]"},
    {.shapes = "a []  b [] -> []"},
    {.shapes = "a [1,2,1,3,2]  b [1,2,1,3,2] -> [1,2,1,3,2]"},
    {"a [3,101,257]  b [3,101,257] -> [3,101,257]", .large = true},
    {"a [2,5,3]  b [2,5,3] -> [2,5,3]", .property = order_does_not_matter},
    {"a [5,3]  b [3,5]", .misuse = "other order of axes"},
    {"a [1,3]  b [3]", .misuse = "other number of axes"},
    {0},
};

static const OpTable TABLE = {
    "add", build, oracle, CASE, .value = 1e-7, .gradient = 1e-7, .range = {{-1, 1}, {-9, 9}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

/* The same tensor on both sides, and again as a view: three uses, three times the gradient. */
static Tensor *build_thrice(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    Tensor *twice = op_add(tape, input[0], input[0]);
    Tensor *flat = tape_reshape(tape, input[0], 1, (int64_t[]){15});
    return op_add(tape, tape_reshape(tape, twice, 1, (int64_t[]){15}), flat);
}

static void oracle_thrice(const GradCase *c, const double *const *x, double *y)
{
    for (int64_t i = 0; i < op_len(c, 0); i++) y[i] = 3 * x[0][i];
}

static const OpCase THRICE[] = {{.shapes = "x [5,3] -> [15]"}, {0}};
static const OpTable USES = {"three uses", build_thrice,  oracle_thrice,
                             THRICE,       .value = 1e-6, .gradient = 1e-6};

START_TEST(test_three_uses) { op_check(&USES, _i); }
END_TEST

Suite *test_add_suite(void);
Suite *test_add_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    op_add_table(s, &USES, test_three_uses);
    return s;
}
