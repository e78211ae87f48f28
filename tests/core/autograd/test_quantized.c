/* SPDX-License-Identifier: Apache-2.0 */
/* Which linear layers a tape computes in integers: those of parameters, large enough, without a
 * backward pass. */
#include "core/autograd/quantized.h"
#include "core/mem.h"
#include "core/ops/ops.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { M = 5, N = 40, K = 72 };

static ParamSet *params;
static Tensor *large, *small;
static Quantized *quantized;
static Tape *tape;
static Real x[M * K];

static void setup(void)
{
    const ParamInit init = {PARAM_UNIFORM, 1};
    params = param_set_new();
    large = param_add(params, init, 2, (int64_t[]){N, K}, "large");
    small = param_add(params, init, 2, (int64_t[]){1, K}, "small");
    param_set_build(params);
    param_set_init(params, 7);
    tape = tape_new();
    if (int8_missing())
        printf("quantized: not checked: %s\n", int8_missing());
    else
        quantized = quantized_new(params);
    for (int i = 0; i < M * K; i++) x[i] = (Real)(i * i % 101) / 50 - 1;
}

static void teardown(void)
{
    quantized_free(quantized);
    tape_free(tape);
    param_set_free(params);
}

/* Whether the layer gives the same bits with the tape's settings as in float32. */
static bool same(Tensor *w)
{
    Tape *plain = tape_new();
    Tensor *have = op_linear(tape, tape_input(tape, 2, (int64_t[]){M, K}, x), w, NULL);
    Tensor *want = op_linear(plain, tape_input(plain, 2, (int64_t[]){M, K}, x), w, NULL);
    const size_t bytes = (size_t)tensor_len(want) * sizeof(Real);
    const bool equal = memcmp(have->data, want->data, bytes) == 0;
    tape_free(plain);
    return equal;
}

START_TEST(where_it_pays)
{
    if (!quantized) return;
    ck_assert(same(large));
    tape_set_quantized(tape, quantized);
    ck_assert_ptr_null(tape_quantized(tape)); /* it records */
    ck_assert(same(large));
    tape_set_recording(tape, false);
    ck_assert(!same(large));
    ck_assert(same(small));
    Tensor *other = tape_input(tape, 2, (int64_t[]){M, K}, x);
    ck_assert(same(other)); /* no parameter */
    tape_set_quantized(tape, NULL);
    ck_assert(same(large));
}
END_TEST

START_TEST(rounded_once)
{
    if (!quantized) return;
    const Int8Weights *w = quantized_of(quantized, large->data, N, K);
    ck_assert_ptr_nonnull(w);
    ck_assert_ptr_eq(quantized_of(quantized, large->data, N, K), w);
    ck_assert_ptr_null(quantized_of(quantized, small->data, 1, K));
    ck_assert_ptr_null(quantized_of(quantized, x, N, K));
    ck_assert_ptr_null(quantized_of(quantized, params->data + params->len, N, K));
}
END_TEST

Suite *test_quantized_suite(void);
Suite *test_quantized_suite(void)
{
    Suite *s = suite_create("quantized");
    TCase *c = tcase_create("quantized");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, where_it_pays);
    tcase_add_test(c, rounded_once);
    suite_add_tcase(s, c);
    return s;
}
