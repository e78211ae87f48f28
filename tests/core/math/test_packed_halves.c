/* SPDX-License-Identifier: Apache-2.0 */
/* Products of small integers are exact, as oneDNN's are; what finishes a product in its blocks
 * has the bits of what finishes it afterwards. */
#include "core/math/packed_halves.h"

#include "core/math/bf16.h"
#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static bool cannot(void)
{
    if (packed_halves_can()) return false;
    printf("packed_halves: not checked: not used on this processor\n");
    return true;
}

/* Rows and columns that fill blocks and panels, and that do not; pairs of K and half a pair. */
static const Size SIZE[] = {{1, 1, 1},     {5, 16, 2},   {6, 17, 33},     {7, 48, 32},
                            {13, 49, 3},   {48, 64, 64}, {49, 65, 31},    {50, 128, 100},
                            {300, 580, 7}, {97, 4, 768}, {290, 200, 1200}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

typedef struct Example {
    Size s;
    Real *a, *b, *bias, *old; /* old [M, N] */
    uint16_t *half, *packed;
} Example;

static Example example_new(Size s)
{
    Example e = {s,
                 matrix_integers(s.M * s.K, 1),
                 matrix_integers(s.K * s.N, 2),
                 matrix_integers(s.N, 3),
                 matrix_integers(s.M * s.N, 4),
                 mem_alloc((size_t)(s.M * s.K) * sizeof *e.half),
                 mem_alloc((size_t)bf16_packed_len(s.K, s.N) * sizeof *e.packed)};
    bf16_round(s.M * s.K, e.a, e.half);
    bf16_pack(s.K, s.N, (Matrix){e.b, s.N, false}, e.packed);
    return e;
}

static void example_free(Example *e)
{
    mem_free(e->a);
    mem_free(e->b);
    mem_free(e->bias);
    mem_free(e->old);
    mem_free(e->half);
    mem_free(e->packed);
}

static PackedProduct product_of(const Example *e, Finish finish, bool add, Real *c)
{
    return (PackedProduct){e->s.M, e->s.N, e->s.K, true, e->half, e->packed, finish, add, c};
}

/* A copy of old, multiplied. */
static Real *multiply(const Example *e, Finish finish, bool add)
{
    const size_t bytes = (size_t)(e->s.M * e->s.N) * sizeof(Real);
    Real *c = memcpy(mem_alloc(bytes), e->old, bytes);
    const PackedProduct p = product_of(e, finish, add, c);
    packed_halves(&p);
    return c;
}

START_TEST(test_integers_are_exact)
{
    if (cannot()) return;
    const Size s = SIZE[_i];
    Example e = example_new(s);
    for (int way = 0; way < 4; way++) {
        const bool biased = way & 1, add = way & 2;
        Real *c = multiply(&e, (Finish){.bias = biased ? e.bias : NULL}, add);
        for (int64_t i = 0; i < s.M * s.N; i++) {
            const double start =
                (biased ? (double)e.bias[i % s.N] : 0) + (add ? (double)e.old[i] : 0);
            const double sum = matrix_product(s, (Matrix){e.a, s.K, false},
                                              (Matrix){e.b, s.N, false}, i / s.N, i % s.N);
            ck_assert_double_eq((double)c[i], start + sum);
        }
        mem_free(c);
    }
    example_free(&e);
}
END_TEST

START_TEST(test_equals_onednn)
{
    if (cannot()) return;
    const Size s = SIZE[_i];
    Example e = example_new(s);
    Onednn *engine = bf16_new();
    Real *c = multiply(&e, (Finish){.bias = e.bias}, false);
    onednn_product(engine, s.M, s.N, s.K, (OnednnMatrix){e.half, ONEDNN_BF16, s.K, false},
                   (OnednnMatrix){.data = e.packed, .type = ONEDNN_PACKED_BF16}, e.bias, false,
                   e.old, s.N);
    ck_assert_mem_eq(c, e.old, (size_t)(s.M * s.N) * sizeof *c);
    onednn_free(engine);
    mem_free(c);
    example_free(&e);
}
END_TEST

/* With numbers whose sums are rounded. */
static void make_uneven(Example *e)
{
    const int64_t len = e->s.M * e->s.K;
    for (int64_t i = 0; i < len; i++) e->a[i] *= (Real)0.0137;
    bf16_round(len, e->a, e->half);
}

/* Without c, too. */
START_TEST(test_finishes_in_blocks)
{
    if (cannot()) return;
    const Size s = SIZE[_i];
    Example e = example_new(s);
    const size_t bytes = (size_t)(s.M * s.N) * sizeof(uint16_t);
    uint16_t *got[3], *want[3];
    for (int i = 0; i < 3; i++) got[i] = mem_calloc(1, bytes), want[i] = mem_calloc(1, bytes);
    make_uneven(&e);
    Real *c = multiply(&e, (Finish){.bias = e.bias}, false);
    finish_tile(&(Finish){.half = want[0], .half_gelu = want[1], .half_slope = want[2]},
                (Tile){0, 0, s.M, s.N}, s.N, c, s.N);
    for (int with = 0; with < 2; with++) {
        const PackedProduct p = product_of(
            &e,
            (Finish){.bias = e.bias, .half = got[0], .half_gelu = got[1], .half_slope = got[2]},
            false, with ? e.old : NULL);
        packed_halves(&p);
        for (int i = 0; i < 3; i++) ck_assert_mem_eq(got[i], want[i], bytes);
    }
    ck_assert_mem_eq(c, e.old, (size_t)(s.M * s.N) * sizeof *c);
    for (int i = 0; i < 3; i++) mem_free(got[i]), mem_free(want[i]);
    mem_free(c);
    example_free(&e);
}
END_TEST

START_TEST(test_threads_change_no_bit)
{
    if (cannot()) return;
    Example e = example_new((Size){301, 515, 700});
    make_uneven(&e);
    Real *first = multiply(&e, (Finish){.bias = e.bias}, true);
    for (int threads = 1; threads < 8; threads++) {
        gemm_set_threads(threads);
        Real *c = multiply(&e, (Finish){.bias = e.bias}, true);
        ck_assert_mem_eq(c, first, (size_t)(e.s.M * e.s.N) * sizeof *c);
        mem_free(c);
    }
    mem_free(first);
    example_free(&e);
}
END_TEST

Suite *test_packed_halves_suite(void);
Suite *test_packed_halves_suite(void)
{
    Suite *s = suite_create("packed_halves");
    TCase *t = tcase_create("packed_halves");
    tcase_add_loop_test(t, test_integers_are_exact, 0, SIZES);
    tcase_add_loop_test(t, test_equals_onednn, 0, SIZES);
    tcase_add_loop_test(t, test_finishes_in_blocks, 0, SIZES);
    tcase_add_test(t, test_threads_change_no_bit);
    suite_add_tcase(s, t);
    return s;
}
