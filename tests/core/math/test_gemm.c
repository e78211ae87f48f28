/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix product against three loops in double. */
#include "tests/core/math/matrix_case.h"

#include "core/math/onednn.h"
#include "core/math/threads.h"
#include "core/mem.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <string.h>

enum { PAD = 3 }; /* elements between rows beyond the matrix */

static const Size SIZE[] = {{1, 1, 1}, {2, 5, 3},    {7, 1, 4},      {1, 9, 2},
                            {5, 6, 1}, {17, 33, 29}, {130, 67, 257}, {530, 521, 3}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

static void check(Size s, Matrix a, Matrix b, double alpha, double beta)
{
    const int64_t ld = s.N + PAD;
    Real *c = matrix_random(s.M * ld, 3), *old = matrix_random(s.M * ld, 3);
    gemm(s.M, s.N, s.K, (Real)alpha, a, b, (Real)beta, c, ld);
    for (int64_t i = 0; i < s.M; i++)
        for (int64_t j = 0; j < ld; j++) {
            const double before = (double)old[i * ld + j];
            const double want =
                j < s.N ? alpha * matrix_product(s, a, b, i, j) + beta * before : before;
            ck_assert_double_eq_tol((double)c[i * ld + j], want, 2e-5 * fmax(1, fabs(want)));
            ck_assert(j < s.N || c[i * ld + j] == old[i * ld + j]);
        }
    mem_free(c);
    mem_free(old);
}

/* gemm_serial against gemm's oracle, also where a layer has few rows and long sums. */
START_TEST(test_serial)
{
    static const Size some[] = {{16, 37, 300}, {64, 5, 256}, {65, 70, 256}, {5, 4, 255}};
    const Size s = some[_i / 2];
    const bool transposed = _i % 2;
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    Real *c = matrix_random(s.M * s.N, 3), *old = matrix_random(s.M * s.N, 3);
    const Matrix a = {x, s.K, false}, b = {w, transposed ? s.K : s.N, transposed};
    gemm_serial(s.M, s.N, s.K, (Real)0.5, a, b, 1, c, s.N);
    for (int64_t i = 0; i < s.M * s.N; i++) {
        const double want = 0.5 * matrix_product(s, a, b, i / s.N, i % s.N) + (double)old[i];
        ck_assert_double_eq_tol((double)c[i], want, 2e-5 * fmax(1, fabs(want)));
    }
    mem_free(x);
    mem_free(w);
    mem_free(c);
    mem_free(old);
}
END_TEST

START_TEST(test_transposes)
{
    static const double factor[3][2] = {{1, 0}, {0.5, 1}, {-2, 0.25}};
    const Size s = SIZE[_i];
    Real *a = matrix_random((s.M + PAD) * (s.K + PAD), 1);
    Real *b = matrix_random((s.N + PAD) * (s.K + PAD), 2);
    for (int t = 0; t < 4; t++)
        for (int f = 0; f < 3; f++)
            check(s, (Matrix){a, PAD + (t & 1 ? s.M : s.K), t & 1},
                  (Matrix){b, PAD + (t & 2 ? s.K : s.N), t & 2}, factor[f][0], factor[f][1]);
    mem_free(a);
    mem_free(b);
}
END_TEST

typedef void Dense(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta,
                   Real *y);

START_TEST(test_dense)
{
    static Dense *const form[3] = {gemm_nt, gemm_nn, gemm_tn};
    const Size s = SIZE[_i];
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    for (int f = 0; f < 3; f++) {
        const Matrix a = {x, f == 2 ? s.M : s.K, f == 2}, b = {w, f == 0 ? s.K : s.N, f == 0};
        Real *y = matrix_random(s.M * s.N, 3), *old = matrix_random(s.M * s.N, 3);
        form[f](s.M, s.N, s.K, x, w, 1, y);
        for (int64_t i = 0; i < s.M * s.N; i++)
            ck_assert_double_eq_tol(
                (double)y[i], matrix_product(s, a, b, i / s.N, i % s.N) + (double)old[i], 2e-5);
        mem_free(y);
        mem_free(old);
    }
    mem_free(x);
    mem_free(w);
}
END_TEST

/* beta = 0 overwrites: the previous contents have no influence, not even NaN. */
START_TEST(test_beta_zero_overwrites)
{
    const Real x[4] = {1, 2, 3, 4};
    Real y[4];
    for (int i = 0; i < 4; i++) y[i] = (Real)NAN;
    gemm_nn(2, 2, 2, x, x, 0, y);
    const double want[4] = {7, 10, 15, 22};
    for (int i = 0; i < 4; i++) ck_assert_double_eq((double)y[i], want[i]);
}
END_TEST

/* Each thread of a parallel region computes a separate product, as attention does per image. */
START_TEST(test_inside_a_parallel_region)
{
    enum { PIECES = 16 };
    const Size s = {65, 70, 129};
    gemm_set_threads(1);
    Real *x = matrix_random(PIECES * s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    Real *want = matrix_random(PIECES * s.M * s.N, 3),
         *y = matrix_random(PIECES * s.M * s.N, 4);
    for (int64_t p = 0; p < PIECES; p++)
        gemm_nt(s.M, s.N, s.K, x + p * s.M * s.K, w, 0, want + p * s.M * s.N);
    gemm_set_threads(2);
    for (int round = 0; round < 20; round++) {
#pragma omp parallel for schedule(dynamic) num_threads(2)
        for (int64_t p = 0; p < PIECES; p++)
            gemm_nt(s.M, s.N, s.K, x + p * s.M * s.K, w, 0, y + p * s.M * s.N);
        ck_assert_int_eq(memcmp(y, want, (size_t)(PIECES * s.M * s.N) * sizeof *y), 0);
    }
    mem_free(x);
    mem_free(w);
    mem_free(want);
    mem_free(y);
}
END_TEST

enum { SHAPES = 14 };

/* Includes shapes that are split into no, few, uneven and many tiles. */
START_TEST(test_same_bits_for_any_number_of_threads)
{
    static const Size size[] = {
        {33, 31, 300},    {3, 1111, 700},    {700, 515, 64},   {64, 64, 999},   {1030, 9, 1030},
        {1100, 1300, 40}, {196, 1536, 1024}, {785, 511, 767},  {1, 768, 1956},  {5, 300, 700},
        {784, 512, 2048}, {1568, 1024, 256}, {600, 2048, 512}, {2304, 768, 384}};
    ck_assert_int_eq(sizeof size / sizeof *size, SHAPES);
    static Dense *const form[3] = {gemm_nt, gemm_nn, gemm_tn};
    const Size s = size[_i];
    const size_t bytes = (size_t)(s.M * s.N) * sizeof(Real);
    Real *x = matrix_random(s.M * s.K, 1), *w = matrix_random(s.N * s.K, 2);
    for (int f = 0; f < 3; f++) {
        Real *want = matrix_random(s.M * s.N, 3);
        gemm_set_threads(1);
        form[f](s.M, s.N, s.K, x, w, 1, want);
        for (int threads = 2; threads <= 64; threads += threads < 7 ? 1 : 19) {
            Real *y = matrix_random(s.M * s.N, 3);
            gemm_set_threads(threads);
            form[f](s.M, s.N, s.K, x, w, 1, y);
            ck_assert_msg(memcmp(y, want, bytes) == 0, "form %d, %d threads", f, threads);
            mem_free(y);
        }
        mem_free(want);
    }
    mem_free(x);
    mem_free(w);
}
END_TEST

enum { EACH = 5, EACH_SHAPES = 4 };

/* Products of one shape, of which some are left out: the bits of gemm, for any number of
 * threads, and nothing else is written. */
START_TEST(test_each)
{
    static const Size size[EACH_SHAPES] = {
        {3, 5, 7}, {64, 580, 768}, {580, 128, 9}, {1, 40, 6}};
    static const int64_t some[] = {4, 0, 2};
    const Size s = size[_i];
    const int64_t ld = s.N + PAD, step = s.M * ld, n = EACH * step;
    Real *a = matrix_random(EACH * s.M * s.K, 1), *b = matrix_random(EACH * s.K * s.N, 2);
    Real *want = matrix_random(n, 3);
    for (int i = 0; i < 3; i++)
        gemm(s.M, s.N, s.K, 1, (Matrix){a + some[i] * s.M * s.K, s.K, false},
             (Matrix){b + some[i] * s.K * s.N, s.K, true}, 1, want + some[i] * step, ld);
    for (int threads = 1; threads <= 64; threads += threads < 4 ? 1 : 20) {
        Real *c = matrix_random(n, 3);
        gemm_set_threads(threads);
        gemm_each(&(GemmEach){3, some, s.M * s.K, s.K * s.N, step}, s.M, s.N, s.K,
                  (Matrix){a, s.K, false}, (Matrix){b, s.K, true}, 1, NULL, c, ld);
        ck_assert_msg(memcmp(c, want, (size_t)n * sizeof *c) == 0, "%d threads", threads);
        mem_free(c);
    }
    mem_free(want);
    mem_free(a);
    mem_free(b);
}
END_TEST

START_TEST(test_threads)
{
    ck_assert_int_eq(gemm_set_threads(2), 2);
    ck_assert_int_eq(omp_get_max_threads(), 2);
    ck_assert_int_eq(gemm_set_threads(1), 1);
    ck_assert_int_eq(omp_get_max_threads(), 1);
    ck_assert_int_ge(gemm_set_threads(0), 1);
    ck_assert_int_eq(gemm_set_threads(0), threads_choose(0, 0).count);
    char *library = gemm_library();
    ck_assert_ptr_nonnull(strstr(library, "OpenBLAS"));
    ck_assert_int_eq(strstr(library, "oneDNN") != NULL, onednn_gemm_is_fast());
    mem_free(library);
}
END_TEST

Suite *test_gemm_suite(void);
Suite *test_gemm_suite(void)
{
    Suite *s = suite_create("gemm");
    TCase *t = tcase_create("gemm");
    tcase_add_loop_test(t, test_transposes, 0, SIZES);
    tcase_add_loop_test(t, test_serial, 0, 8);
    tcase_add_loop_test(t, test_dense, 0, SIZES);
    tcase_add_test(t, test_beta_zero_overwrites);
    tcase_add_test(t, test_inside_a_parallel_region);
    tcase_add_loop_test(t, test_same_bits_for_any_number_of_threads, 0, SHAPES);
    tcase_add_loop_test(t, test_each, 0, EACH_SHAPES);
    tcase_add_test(t, test_threads);
    suite_add_tcase(s, t);
    return s;
}
