/* SPDX-License-Identifier: Apache-2.0 */
/* y = x W^T + b. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <stdio.h>

/* n = 1: with a bias. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const bool bias = ((const OpCase *)options)->n;
    return op_linear(tape, input[0], input[1], bias ? input[2] : NULL);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t out = c->input[1].shape[0], in = op_len(c, 1) / out, rows = op_len(c, 0) / in;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < out; o++) {
            double sum = c->inputs == 3 ? x[2][o] : 0;
            for (int64_t i = 0; i < in; i++) sum += x[0][r * in + i] * x[1][o * in + i];
            y[r * out + o] = sum;
        }
}

static void identity_weight(const OpRun *r) { ck_assert(op_same_bits(r->y, r->input[0])); }

static const double EYE[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

static const OpCase CASE[] = {
    {"x [2,5,3]  w [4,3]  b [4] -> [2,5,4]", .n = 1},
    {.shapes = "x [2,5,3]  w [4,3] -> [2,5,4]"},
    {"x [1,7]  w [1,7]  b [1] -> [1,1]", .n = 1},
    {"x [2,1,3,1]  w [5,1]  b [5] -> [2,1,3,5]", .n = 1},
    {"x [5,12]  w [3,3,2,2]  b [3] -> [5,3]", .n = 1},
    {"x [3]  w [2,3]  b [2] -> [2]", .n = 1},
    {"x [5,3]  w [3,3]", .values = {NULL, EYE}, .property = identity_weight},
    {"x [2,67,130]  w [257,130]  b [257] -> [2,67,257]", .n = 1, .large = true, .value = 1e-5},
    {"x [5,4]  w [2,3]", .misuse = "other width"},
    {"x [5,3]  w [2,3]  b [3]", .n = 1, .misuse = "other bias"},
    {0},
};

static const OpTable TABLE = {"linear", build, oracle, CASE, .value = 1e-6, .gradient = 5e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

/* ---- two layers with the same weight: its gradient is the sum of both uses ---- */

static Tensor *build_shared(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    Tensor *h = op_linear(tape, input[0], input[1], input[2]);
    return op_linear(tape, h, input[1], input[2]);
}

static void oracle_shared(const GradCase *c, const double *const *x, double *y)
{
    double h[12];
    oracle(c, x, h);
    oracle(c, (const double *[]){h, x[1], x[2]}, y);
}

static const OpCase SHARED_CASE[] = {{.shapes = "x [4,3]  w [3,3]  b [3] -> [4,3]"}, {0}};
static const OpTable SHARED = {"shared",    build_shared,  oracle_shared,
                               SHARED_CASE, .value = 2e-6, .gradient = 1e-5};

START_TEST(test_shared_weight) { op_check(&SHARED, _i); }
END_TEST

/* ---- bfloat16 ---- */

static Tensor *build_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return build(tape, input, options);
}

static OpRun run_integers(const GradCase *c, int64_t every)
{
    OpRun r = op_run(c);
    Real *dy = tape_grad(r.tape, r.y);
    const int64_t N = tensor_axis(r.y, -1);
    for (int64_t i = 0; i < tensor_len(r.y); i++)
        dy[i] = i / N % every == 0 ? (Real)(i % 7 - 3) : 0;
    tape_backward(r.tape);
    return r;
}

/* Small integers are exact in either precision, so the bits are equal with all rows active and
 * with few. */
START_TEST(test_bf16)
{
    static double values[257 * 130];
    GradCase c = op_grad_case(&TABLE, &(OpCase){"x [2,67,130]  w [257,130]  b [257]", .n = 1});
    if (bf16_missing()) {
        printf("linear: bfloat16 not checked: %s\n", bf16_missing());
        return;
    }
    for (int i = 0; i < 257 * 130; i++) values[i] = i * i % 13 - 6;
    for (int i = 0; i < c.inputs; i++) c.input[i].values = values;
    const int64_t every = _i ? 5 : 1;
    OpRun want = run_integers(&c, every);
    c.build = build_bf16;
    OpRun have = run_integers(&c, every);
    ck_assert(op_same_bits(have.y, want.y));
    for (int i = 0; i < c.inputs; i++)
        ck_assert_mem_eq(have.input[i]->grad, want.input[i]->grad,
                         (size_t)tensor_len(want.input[i]) * sizeof(Real));
    op_run_free(&want);
    op_run_free(&have);
}
END_TEST

Suite *test_linear_suite(void);
Suite *test_linear_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    op_add_table(s, &SHARED, test_shared_weight);
    if (!op_double()) tcase_add_loop_test(op_tcase(s, "bf16"), test_bf16, 0, 2);
    return s;
}
