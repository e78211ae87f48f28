/* SPDX-License-Identifier: Apache-2.0 */
/* Weights packed once: the products that use them have the bits of those that pack for
 * themselves, and nothing is used after it was forgotten. */
#include "core/autograd/packed.h"

#include "core/autograd/shards.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "core/ops/ops.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <string.h>

enum { M = 3, N = 5, K = 7 };

static ParamSet *new_set(Tensor **w)
{
    ParamSet *ps = param_set_new();
    const ParamInit init = {PARAM_NORMAL, 1};
    param_add(ps, init, 1, (int64_t[]){2}, "first");
    *w = param_add(ps, init, 2, (int64_t[]){N, K}, "w");
    param_set_build(ps);
    param_set_init(ps, 1);
    return ps;
}

START_TEST(test_finds_values_of_the_set)
{
    if (matrix_bf16_missing("packed")) return;
    Tensor *w;
    ParamSet *ps = new_set(&w);
    Packed *p = packed_new(ps);
    const Real other[N * K] = {0};
    const int64_t len = bf16_packed_len(_i ? N : K, _i ? K : N);
    uint16_t *want = mem_alloc((size_t)len * sizeof *want);
    bf16_pack(_i ? N : K, _i ? K : N, (Matrix){w->data, K, !_i}, want);
    const uint16_t *have = packed_of(p, w->data, N, K, _i);
    ck_assert_mem_eq(have, want, (size_t)len * sizeof *want);
    ck_assert_uint_eq(packed_bytes(p), (size_t)len * sizeof *want);
    ck_assert_ptr_eq(packed_of(p, w->data, N, K, _i), have);
    ck_assert_ptr_null(packed_of(p, other, N, K, _i));
    ck_assert_ptr_null(packed_of(p, ps->data + ps->len, N, K, _i));
    w->data[0]++;
    ck_assert_mem_eq(packed_of(p, w->data, N, K, _i), want, (size_t)len * sizeof *want);
    packed_forget(p);
    ck_assert_mem_ne(packed_of(p, w->data, N, K, _i), want, (size_t)len * sizeof *want);
    ck_assert_uint_eq(packed_bytes(p), (size_t)len * sizeof *want);
    ck_assert_ptr_ne(packed_of(p, w->data, N - 1, K, _i), have); /* a part of the rows */
    ck_assert_ptr_eq(packed_of(p, w->data, N, K, _i), have);
    mem_free(want);
    packed_free(p);
    param_set_free(ps);
}
END_TEST

/* y = x W^T on the tape of the first shard. */
static void multiply(Shards *s, Tensor *w, float y[M * N])
{
    float x[M * K];
    for (int i = 0; i < M * K; i++) x[i] = (float)i / 8 - 1;
    Tape *tape = s->tape[0];
    tensor_read(op_linear(tape, tape_input(tape, 2, (int64_t[]){M, K}, x), w, NULL), y);
}

START_TEST(test_products_use_them_until_the_end_of_the_step)
{
    if (matrix_bf16_missing("packed")) return;
    Tensor *w;
    ParamSet *ps = new_set(&w);
    Shards *s = shards_new(1, ps);
    float each[M * N], once[M * N], changed[M * N];
    shards_set_bf16(s, true);
    multiply(s, w, each);
    shards_pack(s, ps);
    multiply(s, w, once);
    ck_assert_mem_eq(once, each, sizeof each);
    memset(w->data, 0, N * K * sizeof *w->data);
    multiply(s, w, changed); /* too early */
    ck_assert_mem_eq(changed, each, sizeof each);
    if (_i)
        shards_release(s);
    else
        shards_reset(s);
    multiply(s, w, changed);
    for (int i = 0; i < M * N; i++) ck_assert(changed[i] == 0);
    shards_free(s);
    param_set_free(ps);
}
END_TEST

/* A layer in float32 uses packed numbers where nothing is recorded, if it was asked for. */
START_TEST(test_numbers)
{
    enum { ROWS = 300, OUT = 200, IN = 100 };
    if (!onednn_gemm_is_fast()) return;
    ParamSet *ps = param_set_new();
    Tensor *w = param_add(ps, (ParamInit){PARAM_NORMAL, 1}, 2, (int64_t[]){OUT, IN}, "w");
    param_set_build(ps);
    param_set_init(ps, 1);
    Shards *s = shards_new(1, ps);
    Tape *tape = s->tape[0];
    Real *x = matrix_integers(ROWS * IN, 1);
    for (int64_t i = 0; i < OUT * IN; i++) w->data[i] = (Real)(i % 7 - 3);
    Tensor *input = tape_tensor(tape, 2, (int64_t[]){ROWS, IN});
    memcpy(input->data, x, ROWS * IN * sizeof *x);
    shards_pack_all(s, ps);
    const Tensor *recorded = op_linear(tape, input, w, NULL);
    ck_assert_uint_eq(packed_bytes(s->packed), 0);
    shards_set_recording(s, false);
    const Tensor *packed = op_linear(tape, input, w, NULL);
    ck_assert_uint_eq(packed_bytes(s->packed), 256 * 112 * sizeof(Real));
    ck_assert_mem_eq(packed->data, recorded->data, ROWS * OUT * sizeof(Real));
    mem_free(x);
    shards_free(s);
    param_set_free(ps);
}
END_TEST

START_TEST(test_not_in_float32)
{
    Tensor *w;
    ParamSet *ps = new_set(&w);
    Shards *s = shards_new(1, ps);
    shards_pack(s, ps);
    ck_assert_ptr_null(s->packed);
    shards_free(s);
    param_set_free(ps);
}
END_TEST

Suite *test_packed_suite(void);
Suite *test_packed_suite(void)
{
    Suite *s = suite_create("packed");
    TCase *t = tcase_create("packed");
    tcase_add_loop_test(t, test_finds_values_of_the_set, 0, 2);
    tcase_add_loop_test(t, test_products_use_them_until_the_end_of_the_step, 0, 2);
    tcase_add_test(t, test_numbers);
    tcase_add_test(t, test_not_in_float32);
    suite_add_tcase(s, t);
    return s;
}
