/* SPDX-License-Identifier: Apache-2.0 */
/* bfloat16 products: exact if every factor is a small integer, otherwise rounded to even;
 * rejected if the processor does not support them. */
#include "core/math/bf16.h"
#include "core/math/packed_gemm.h"

#include "core/math/onednn.h"

#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const Size SIZE[] = {{1, 1, 1},       {2, 5, 3},      {7, 1, 4},      {1, 9, 2},
                            {17, 33, 29},    {130, 67, 257}, {64, 512, 128}, {1000, 96, 40},
                            {300, 500, 160}, {40, 2100, 210}}; /* the last two in tiles */
enum { SIZES = sizeof SIZE / sizeof *SIZE };

static uint16_t *round_all(int64_t n, const Real *x)
{
    uint16_t *half = mem_alloc((size_t)n * sizeof *half);
    bf16_round(n, x, half);
    return half;
}

/* c = a b, where b is packed: a is not transposed. */
static void multiply(const Onednn *m, Size s, Matrix a, Matrix b, Finish finish, bool add,
                     Real *c)
{
    uint16_t *x = round_all(s.M * s.K, a.data);
    uint16_t *packed = mem_alloc((size_t)bf16_packed_len(s.K, s.N) * sizeof *packed);
    const PackedProduct p = {s.M, s.N, s.K, true, x, packed, finish, add, c};
    Real *scratch = mem_alloc((size_t)packed_scratch_len(&p) * sizeof *scratch);
    bf16_pack(s.K, s.N, b, packed);
    packed_gemm(m, &p, scratch);
    mem_free(x);
    mem_free(packed);
    mem_free(scratch);
}

/* c = a b, where a is transposed and b is not. */
static void multiply_tn(const Onednn *m, Size s, Matrix a, Matrix b, bool add, Real *c)
{
    uint16_t *x = round_all(s.M * s.K, a.data), *w = round_all(s.K * s.N, b.data);
    bf16_gemm_tn(m, s.M, s.N, s.K, x, w, add, c, s.N);
    mem_free(x);
    mem_free(w);
}

static void expect_exact(const Onednn *m, Size s, Matrix a, Matrix b, const Real *bias,
                         bool add)
{
    Real *c = matrix_integers(s.M * s.N, 3), *old = matrix_integers(s.M * s.N, 3);
    if (a.transposed)
        multiply_tn(m, s, a, b, add, c);
    else
        multiply(m, s, a, b, (Finish){.bias = bias}, add, c);
    for (int64_t i = 0; i < s.M; i++)
        for (int64_t j = 0; j < s.N; j++) {
            const double before = (double)((bias ? bias[j] : 0) + (add ? old[i * s.N + j] : 0));
            ck_assert_double_eq((double)c[i * s.N + j], before + matrix_product(s, a, b, i, j));
        }
    mem_free(c);
    mem_free(old);
}

START_TEST(test_integers_are_exact)
{
    if (matrix_bf16_missing("bf16")) return;
    const Size s = SIZE[_i];
    Onednn *m = bf16_new();
    Real *a = matrix_integers(s.M * s.K, 1), *b = matrix_integers(s.N * s.K, 2),
         *bias = matrix_integers(s.N, 4);
    for (int way = 0; way < 8; way++)
        expect_exact(m, s, (Matrix){a, s.K, false}, (Matrix){b, way & 1 ? s.K : s.N, way & 1},
                     way & 2 ? bias : NULL, way & 4);
    for (int add = 0; add < 2; add++)
        expect_exact(m, s, (Matrix){a, s.M, true}, (Matrix){b, s.N, false}, NULL, add);
    mem_free(a);
    mem_free(b);
    mem_free(bias);
    onednn_free(m);
}
END_TEST

/* The rounded value of one factor. */
START_TEST(test_rounding)
{
    static const struct {
        float x, want;
    } row[] = {
        {1, 1},
        {-0.0F, -0.0F},
        {1 + 0x1p-8F, 1},               /* a tie: to even */
        {1 + 3 * 0x1p-8F, 1 + 0x1p-6F}, /* the other way */
        {-1 - 3 * 0x1p-8F, -1 - 0x1p-6F},
        {1 + 0x1p-8F + 0x1p-20F, 1 + 0x1p-7F},
        {1 + 0x1p-8F - 0x1p-20F, 1},
        {0x1.fep127F, 0x1.fep127F}, /* the largest bfloat16 */
        {0x1.fffffep127F, INFINITY},
        {INFINITY, INFINITY},
        {-INFINITY, -INFINITY},
    };
    enum { ROWS = sizeof row / sizeof *row };
    if (matrix_bf16_missing("bf16")) return;
    Onednn *m = bf16_new();
    Real a[ROWS + 1], c[ROWS + 1];
    const Real one = 1;
    const uint32_t quiet_in_low_bits = 0x7f800001;
    for (int i = 0; i < ROWS; i++) a[i] = (Real)row[i].x;
    float nan;
    memcpy(&nan, &quiet_in_low_bits, sizeof nan);
    a[ROWS] = (Real)nan;
    multiply(m, (Size){ROWS + 1, 1, 1}, (Matrix){a, 1, false}, (Matrix){&one, 1, false},
             (Finish){0}, false, c);
    for (int i = 0; i < ROWS; i++)
        ck_assert_msg((double)c[i] == (double)row[i].want, "%a became %a, expected %a",
                      (double)row[i].x, (double)c[i], (double)row[i].want);
    ck_assert(isnan(c[ROWS]));
    onednn_free(m);
}
END_TEST

/* Without add, the previous contents have no influence, not even NaN. */
START_TEST(test_overwrites)
{
    if (matrix_bf16_missing("bf16")) return;
    Onednn *m = bf16_new();
    const Real x[4] = {1, 2, 3, 4}, bias[2] = {100, 200}, want[4] = {107, 210, 115, 222};
    Real y[4] = {(Real)NAN, (Real)NAN, (Real)NAN, (Real)NAN};
    multiply(m, (Size){2, 2, 2}, (Matrix){x, 2, false}, (Matrix){x, 2, false},
             (Finish){.bias = bias}, false, y);
    for (int i = 0; i < 4; i++) ck_assert_double_eq((double)y[i], (double)want[i]);
    onednn_free(m);
}
END_TEST

/* The second shape is that of a weight gradient: few sums of many products. */
START_TEST(test_same_bits_again_and_with_other_threads)
{
    static const Size size[] = {{301, 515, 700}, {64, 64, 20000}, {1000, 512, 512}};
    if (matrix_bf16_missing("bf16")) return;
    const Size s = size[_i];
    const size_t bytes = (size_t)(s.M * s.N) * sizeof(Real);
    Onednn *m = bf16_new();
    Real *a = matrix_integers(s.M * s.K, 1), *b = matrix_integers(s.N * s.K, 2);
    Real *first = mem_alloc(bytes), *c = mem_alloc(bytes);
    for (int64_t i = 0; i < s.M * s.K; i++) a[i] *= (Real)0.37;
    for (int64_t i = 0; i < s.N * s.K; i++) b[i] *= (Real)0.71;
    for (int round = 0; round < 10; round++) {
        gemm_set_threads(1 + round % 7);
        multiply(m, s, (Matrix){a, s.K, false}, (Matrix){b, s.K, true}, (Finish){0}, false,
                 round ? c : first);
        if (round) ck_assert_mem_eq(c, first, bytes);
    }
    mem_free(a);
    mem_free(b);
    mem_free(first);
    mem_free(c);
    onednn_free(m);
}
END_TEST

/* A switch of the library makes any processor appear without the instructions. */
START_TEST(test_missing)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    char library[32];
    onednn_name(library);
    ck_assert_ptr_nonnull(bf16_missing());
    ck_assert(!onednn_gemm_is_fast());
    ck_assert_ptr_nonnull(strstr(bf16_missing(), strstr(library, "oneDNN")
                                                     ? "no bfloat16 instructions"
                                                     : "libdnnl-dev"));
    onednn_free(NULL);
}
END_TEST

START_TEST(test_missing_is_not_made)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    bf16_new();
}
END_TEST

/* Number [k, n] of a packed b [K, N], as the header says. */
static uint16_t packed_at(int64_t K, const uint16_t *packed, int64_t k, int64_t n)
{
    const int64_t blocks = (K + 31) / 32, block = n / 64 * blocks + k / 32;
    return packed[block * 32 * 64 + k % 32 / 2 * 128 + n % 64 * 2 + k % 2];
}

START_TEST(test_packing)
{
    static const Size size[] = {
        {0, 1, 1}, {0, 64, 32}, {0, 65, 33}, {0, 200, 70}, {0, 63, 160}};
    const int64_t K = size[_i / 2].K, N = size[_i / 2].N, gap = 3, len = bf16_packed_len(K, N);
    const bool transposed = _i % 2;
    const int64_t ld = (transposed ? K : N) + gap;
    Real *b = matrix_random(ld * (transposed ? N : K), 1);
    uint16_t *packed = mem_alloc((size_t)len * sizeof *packed);
    memset(packed, 0xff, (size_t)len * sizeof *packed);
    ck_assert_int_eq(len, (K + 31) / 32 * 32 * ((N + 63) / 64 * 64));
    bf16_pack(K, N, (Matrix){b, ld, transposed}, packed);
    for (int64_t k = 0; k < (K + 31) / 32 * 32; k++)
        for (int64_t n = 0; n < (N + 63) / 64 * 64; n++) {
            const bool inside = k < K && n < N;
            const Real x = inside ? b[transposed ? n * ld + k : k * ld + n] : 0;
            ck_assert_uint_eq(packed_at(K, packed, k, n), bf16_of((float)x));
        }
    mem_free(b);
    mem_free(packed);
}
END_TEST

/* Rounded GELU beside the product, and without it. */
START_TEST(test_hidden)
{
    const Size s = {300, 500, 160};
    if (matrix_bf16_missing("bf16")) return;
    const size_t n = (size_t)(s.M * s.N);
    Onednn *m = bf16_new();
    Real *a = matrix_random(s.M * s.K, 1), *b = matrix_random(s.N * s.K, 2),
         *c = mem_alloc(n * sizeof *c), *gelu = mem_alloc(n * sizeof *gelu);
    uint16_t *beside = mem_alloc(n * sizeof *beside), *alone = mem_alloc(n * sizeof *alone);
    const Matrix x = {a, s.K, false}, w = {b, s.K, true};
    multiply(m, s, x, w, (Finish){.gelu = gelu, .half_gelu = beside}, false, c);
    multiply(m, s, x, w, (Finish){.half_gelu = alone}, false, NULL);
    for (size_t i = 0; i < n; i++) {
        const double half = (double)bf16_number(beside[i]), whole = (double)gelu[i];
        ck_assert_double_le(fabs(half - whole),
                            fabs(whole) / 250 + 1e-12); /* half a step is 1 / 256 */
    }
    ck_assert_mem_eq(alone, beside, n * sizeof *alone);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(gelu);
    mem_free(beside);
    mem_free(alone);
    onednn_free(m);
}
END_TEST

/* Rows of c may be apart. */
START_TEST(test_gaps_between_rows)
{
    if (matrix_bf16_missing("bf16")) return;
    Onednn *m = bf16_new();
    const uint16_t one[4] = {0x3f80, 0x3f80, 0x3f80, 0x3f80};
    Real c[6] = {1, 1, 1, 1, 1, 1};
    bf16_gemm_tn(m, 2, 2, 2, one, one, true, c, 3);
    const Real want[6] = {3, 3, 1, 3, 3, 1};
    ck_assert_mem_eq(c, want, sizeof c);
    onednn_free(m);
}
END_TEST

Suite *test_bf16_suite(void);
Suite *test_bf16_suite(void)
{
    Suite *s = suite_create("bf16");
    TCase *t = tcase_create("bf16");
    tcase_add_loop_test(t, test_integers_are_exact, 0, SIZES);
    tcase_add_test(t, test_rounding);
    tcase_add_test(t, test_overwrites);
    tcase_add_loop_test(t, test_same_bits_again_and_with_other_threads, 0, 3);
    tcase_add_test(t, test_missing);
    tcase_add_test_raise_signal(t, test_missing_is_not_made, SIGABRT);
    tcase_add_loop_test(t, test_packing, 0, 10);
    tcase_add_test(t, test_hidden);
    tcase_add_test(t, test_gaps_between_rows);
    suite_add_tcase(s, t);
    return s;
}
