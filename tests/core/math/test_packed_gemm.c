/* SPDX-License-Identifier: Apache-2.0 */
/* Products with packed numbers: exact for small integers, in one tile and in many, finished,
 * and of the same bits for any number of threads. */
#include "core/math/packed_gemm.h"

#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const Size SIZE[] = {{1, 1, 1},       {3, 64, 16},     {17, 65, 33},
                            {130, 200, 257}, {300, 500, 160}, {40, 2100, 210}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

static bool missing(void)
{
    if (!onednn_gemm_is_fast()) printf("packed_gemm: not checked: no oneDNN with AVX-512\n");
    return !onednn_gemm_is_fast();
}

/* Number [k, n] of a packed b [K, N], as the header says. */
static Real packed_at(int64_t K, const Real *packed, int64_t k, int64_t n)
{
    return packed[n / 64 * 64 * ((K + 15) / 16 * 16) + k * 64 + n % 64];
}

START_TEST(test_packing)
{
    static const Size size[] = {{0, 1, 1}, {0, 64, 16}, {0, 65, 17}, {0, 200, 70}};
    const int64_t K = size[_i / 2].K, N = size[_i / 2].N, gap = 3, len = packed_len(K, N);
    const bool transposed = _i % 2;
    const int64_t ld = (transposed ? K : N) + gap;
    Real *b = matrix_random(ld * (transposed ? N : K), 1);
    Real *packed = mem_alloc((size_t)len * sizeof *packed);
    memset(packed, 0xff, (size_t)len * sizeof *packed);
    ck_assert_int_eq(len, (K + 15) / 16 * 16 * ((N + 63) / 64 * 64));
    packed_pack(K, N, (Matrix){b, ld, transposed}, packed);
    for (int64_t k = 0; k < (K + 15) / 16 * 16; k++)
        for (int64_t n = 0; n < (N + 63) / 64 * 64; n++) {
            const Real x = k < K && n < N ? b[transposed ? n * ld + k : k * ld + n] : 0;
            ck_assert_double_eq((double)packed_at(K, packed, k, n), (double)x);
        }
    mem_free(b);
    mem_free(packed);
}
END_TEST

static void multiply(const Onednn *e, Size s, const Real *a, const Real *b, Finish finish,
                     bool add, Real *c)
{
    Real *packed = mem_alloc((size_t)packed_len(s.K, s.N) * sizeof *packed);
    const PackedProduct p = {s.M, s.N, s.K, false, a, packed, finish, add, c};
    Real *scratch = mem_alloc((size_t)packed_scratch_len(&p) * sizeof *scratch);
    packed_pack(s.K, s.N, (Matrix){b, s.K, true}, packed);
    packed_gemm(e, &p, scratch);
    mem_free(packed);
    mem_free(scratch);
}

START_TEST(test_integers_are_exact)
{
    if (missing()) return;
    const Size s = SIZE[_i / 2];
    const bool add = _i % 2;
    Onednn *e = onednn_new();
    Real *a = matrix_integers(s.M * s.K, 1), *b = matrix_integers(s.N * s.K, 2),
         *c = matrix_integers(s.M * s.N, 3), *old = matrix_integers(s.M * s.N, 3),
         *bias = matrix_integers(s.N, 4), *other = matrix_integers(s.M * s.N, 5);
    multiply(e, s, a, b, (Finish){.bias = bias, .add = other}, add, c);
    for (int64_t i = 0; i < s.M; i++)
        for (int64_t j = 0; j < s.N; j++) {
            const int64_t at = i * s.N + j;
            const Matrix x = {a, s.K, false}, w = {b, s.K, true};
            const double more = (double)(bias[j] + other[at] + (add ? old[at] : 0));
            ck_assert_double_eq((double)c[at], matrix_product(s, x, w, i, j) + more);
        }
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(old);
    mem_free(bias);
    mem_free(other);
    onednn_free(e);
}
END_TEST

START_TEST(test_same_bits_with_other_threads)
{
    if (missing()) return;
    const Size s = {577, 1500, 512};
    const size_t bytes = (size_t)(s.M * s.N) * sizeof(Real);
    Onednn *e = onednn_new();
    Real *a = matrix_random(s.M * s.K, 1), *b = matrix_random(s.N * s.K, 2),
         *first = mem_alloc(bytes), *c = mem_alloc(bytes);
    for (int threads = 1; threads < 70; threads += 7) {
        gemm_set_threads(threads);
        multiply(e, s, a, b, (Finish){0}, false, threads > 1 ? c : first);
        if (threads > 1) ck_assert_mem_eq(c, first, bytes);
    }
    mem_free(a);
    mem_free(b);
    mem_free(first);
    mem_free(c);
    onednn_free(e);
}
END_TEST

Suite *test_packed_gemm_suite(void);
Suite *test_packed_gemm_suite(void)
{
    Suite *s = suite_create("packed_gemm");
    TCase *t = tcase_create("packed_gemm");
    tcase_add_loop_test(t, test_packing, 0, 8);
    tcase_add_loop_test(t, test_integers_are_exact, 0, 2 * SIZES);
    tcase_add_test(t, test_same_bits_with_other_threads);
    suite_add_tcase(s, t);
    return s;
}
