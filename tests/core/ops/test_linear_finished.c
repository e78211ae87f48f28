/* SPDX-License-Identifier: Apache-2.0 */
/* What is done in the tiles of a linear layer: the bits of two operations one after the
 * other. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* p: what is done; n = 1: with a bias. */
enum { GELU, ADD };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *o = options;
    Tensor *bias = o->n ? input[2] : NULL;
    if (o->p == GELU) return op_linear_gelu(tape, input[0], input[1], bias);
    return op_linear_add(tape, input[0], input[1], bias, input[2 + o->n]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const OpCase *o = c->options;
    const int64_t N = c->input[1].shape[0], K = op_len(c, 1) / N, M = op_len(c, 0) / K;
    for (int64_t i = 0; i < M * N; i++) {
        double sum = o->n ? x[2][i % N] : 0;
        for (int64_t k = 0; k < K; k++) sum += x[0][i / N * K + k] * x[1][i % N * K + k];
        y[i] = o->p == GELU ? 0.5 * sum * erfc(-sum * sqrt(0.5)) : sum + x[2 + o->n][i];
    }
}

static Tensor *apart(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *o = options;
    Tensor *y = op_linear(tape, input[0], input[1], o->n ? input[2] : NULL);
    return o->p == GELU ? op_gelu(tape, y) : op_add(tape, input[2 + o->n], y);
}

static Tensor *unrecorded(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_recording(tape, false);
    return build(tape, input, options);
}

static void as_two_operations(const OpRun *r)
{
    GradCase c = *r->c;
    op_backward(r);
    c.build = apart;
    OpRun two = op_run(&c);
    op_backward(&two);
    ck_assert(op_same_bits(two.y, r->y));
    for (int i = 0; i < c.inputs; i++)
        ck_assert_mem_eq(two.input[i]->grad, r->input[i]->grad,
                         (size_t)tensor_len(two.input[i]) * sizeof(Real));
    op_run_free(&two);
    c.build = unrecorded;
    OpRun plain = op_run(&c);
    ck_assert(op_same_bits(plain.y, r->y));
    op_run_free(&plain);
}

#define LARGE "x [3,250,300]  w [700,300]"

static const OpCase CASE[] = {
    {"x [2,5,3]  w [4,3]  b [4] -> [2,5,4]", .n = 1},
    {.shapes = "x [2,5,3]  w [4,3] -> [2,5,4]"},
    {LARGE "  b [700] -> [3,250,700]", .n = 1, .large = true, .value = 3e-5},
    {"x [2,5,3]  w [4,3]  b [4]", .n = 1, .property = as_two_operations},
    {LARGE "  b [700]", .n = 1, .property = as_two_operations},
    {LARGE, .property = as_two_operations},
    {"x [5,4]  w [2,3]", .misuse = "other width"},
    {"x [2,5,3]  w [4,3]  b [4]  other [2,5,4] -> [2,5,4]", .n = 1, .p = ADD},
    {"x [2,5,3]  w [4,3]  other [2,5,4] -> [2,5,4]", .p = ADD},
    {LARGE "  b [700]  other [3,250,700] -> [3,250,700]", .n = 1, .p = ADD, .large = true,
     .value = 3e-5},
    {"x [2,5,3]  w [4,3]  b [4]  other [2,5,4]", .n = 1, .p = ADD,
     .property = as_two_operations},
    {LARGE "  b [700]  other [3,250,700]", .n = 1, .p = ADD, .property = as_two_operations},
    {"x [5,3]  w [2,3]  other [5,3]", .p = ADD, .misuse = "other shape to add"},
    {0},
};

static const OpTable TABLE = {"linear_finished", build,           oracle, CASE,
                              .value = 1e-6,     .gradient = 5e-6};

/* In bfloat16, another layer reads what GELU leaves. */
static Tensor *read_by_layer(Tape *tape, Tensor *const *input, Tensor *y, const OpCase *o)
{
    return o->p == GELU ? op_linear(tape, y, input[3], NULL) : y;
}

static Tensor *build_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return read_by_layer(tape, input, build(tape, input, options), options);
}

static Tensor *unrecorded_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_recording(tape, false);
    return build_bf16(tape, input, options);
}

static Tensor *apart_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return read_by_layer(tape, input, apart(tape, input, options), options);
}

/* GELU that is to be rounded has an error of its own, far below that, and its slope is rounded,
 * too. */
static void expect_alike(int64_t n, const Real *x, const Real *want, bool exact)
{
    ck_assert_double_le(op_apart(n, x, want), exact ? 0 : 5e-3);
}

START_TEST(in_bfloat16)
{
    const OpCase row = {.shapes = _i == GELU ? LARGE "  b [700]  next [40,700]"
                                             : LARGE "  b [700]  other [3,250,700]",
                        .n = 1,
                        .p = _i};
    GradCase c = op_grad_case(&TABLE, &row);
    if (bf16_missing()) {
        printf("linear_finished: bfloat16 not checked: %s\n", bf16_missing());
        return;
    }
    c.build = unrecorded_bf16;
    OpRun plain = op_run(&c);
    c.build = build_bf16;
    OpRun one = op_run(&c);
    c.build = apart_bf16;
    OpRun two = op_run(&c);
    op_backward(&one);
    op_backward(&two);
    ck_assert(op_same_bits(one.y, plain.y));
    expect_alike(tensor_len(two.y), one.y->data, two.y->data, _i == ADD);
    for (int i = 0; i < c.inputs; i++)
        expect_alike(tensor_len(two.input[i]), one.input[i]->grad, two.input[i]->grad,
                     _i == ADD);
    op_run_free(&plain);
    op_run_free(&one);
    op_run_free(&two);
}
END_TEST

/* Nothing but a layer reads it. */
START_TEST(in_bfloat16_alone)
{
    const OpCase row = {.shapes = "x [2,3]  w [4,3]  b [4]", .n = 1, .p = GELU};
    GradCase c = op_grad_case(&TABLE, &row);
    if (bf16_missing()) abort();
    c.build = build;
    OpRun r = op_run(&c);
    float y[8];
    tape_set_bf16(r.tape, true);
    tensor_read(op_linear_gelu(r.tape, r.input[0], r.input[1], r.input[2]), y);
}
END_TEST

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_linear_finished_suite(void);
Suite *test_linear_finished_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    if (op_double()) return s;
    TCase *t = op_tcase(s, "bf16");
    tcase_add_loop_test(t, in_bfloat16, 0, 2);
    tcase_add_test_raise_signal(t, in_bfloat16_alone, SIGABRT);
    return s;
}
