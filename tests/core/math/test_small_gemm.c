/* SPDX-License-Identifier: Apache-2.0 */
/* Small products: exact for small integers, whatever the remainders of rows and columns. */
#include "core/math/small_gemm.h"

#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <string.h>

static const Size SIZE[] = {{1, 16, 1},   {7, 16, 3},   {8, 32, 5},   {9, 48, 17},
                            {49, 64, 32}, {144, 80, 9}, {3, 112, 31}, {16, 16, 0}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

static void expect_exact(Size s, bool transposed, const Real *a, const Real *b,
                         const Real *start)
{
    const SmallMatrix left = {a, transposed ? 1 : s.K, transposed ? s.M : 1};
    const size_t bytes = (size_t)(s.M * s.N) * sizeof(Real);
    Real *c = mem_alloc(bytes), *same = mem_alloc(bytes);
    memset(c, 0xff, bytes);
    small_gemm(s.M, s.N, s.K, left, b, start, c);
    const Matrix x = {a, transposed ? s.M : s.K, transposed}, w = {b, s.N, false};
    for (int64_t i = 0; i < s.M; i++)
        for (int64_t j = 0; j < s.N; j++)
            ck_assert_double_eq((double)c[i * s.N + j],
                                (start ? (double)start[i * s.N + j] : 0) +
                                    matrix_product(s, x, w, i, j));
    if (start) { /* c may be start */
        memcpy(same, start, bytes);
        small_gemm(s.M, s.N, s.K, left, b, same, same);
        ck_assert_mem_eq(same, c, bytes);
    }
    mem_free(c);
    mem_free(same);
}

START_TEST(test_integers_are_exact)
{
    const Size s = SIZE[_i];
    Real *a = matrix_integers(s.M * s.K + 1, 1), *b = matrix_integers(s.N * s.K + 1, 2),
         *start = matrix_integers(s.M * s.N, 3);
    for (int way = 0; way < 4; way++) expect_exact(s, way & 1, a, b, way & 2 ? start : NULL);
    mem_free(a);
    mem_free(b);
    mem_free(start);
}
END_TEST

Suite *test_small_gemm_suite(void);
Suite *test_small_gemm_suite(void)
{
    Suite *s = suite_create("small_gemm");
    TCase *t = tcase_create("small_gemm");
    tcase_add_loop_test(t, test_integers_are_exact, 0, SIZES);
    suite_add_tcase(s, t);
    return s;
}
