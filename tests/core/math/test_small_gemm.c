/* SPDX-License-Identifier: Apache-2.0 */
/* Small products: exact for small integers, whatever the form and the remainders of rows,
 * columns and sums; nothing beyond the factors is read, nothing beyond the result written. */
#include "core/math/small_gemm.h"

#include "core/mem.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const Size SIZE[] = {
    {1, 16, 1},     {7, 16, 3},     {8, 32, 5},    {9, 48, 17},   {49, 64, 32},
    {3, 1, 31},     {144, 80, 9},   {3, 112, 31},  {16, 16, 0},   {2, 5, 15},
    {4, 20, 64},    {67, 129, 40},  {15, 3, 2},    {5, 51, 512},  {11, 19, 1},
    {67, 129, 300}, {33, 50, 19},   {80, 97, 513}, {16, 64, 40},  {14, 33, 29},
    {62, 35, 300},  {30, 100, 257}, {48, 97, 96},  {64, 32, 520}, {8, 70, 31}};
enum { SIZES = sizeof SIZE / sizeof *SIZE, PAD = 3 /* columns of c beyond the matrix */ };

/* A copy of n numbers that ends where memory ends: reading on ends the program. */
typedef struct AtEnd {
    char *page;
    size_t bytes;
    Real *x;
} AtEnd;

static AtEnd at_end(int64_t n, const Real *x)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), wanted = (size_t)n * sizeof *x;
    AtEnd m = {.bytes = (wanted + page - 1) / page * page + page};
    m.page = mmap(NULL, m.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(m.page, MAP_FAILED);
    m.x = (Real *)(void *)(m.page + m.bytes - page - wanted);
    memcpy(m.x, x, wanted);
    ck_assert_int_eq(mprotect(m.page + m.bytes - page, page, PROT_NONE), 0);
    return m;
}

static void unmap(AtEnd m) { munmap(m.page, m.bytes); }

/* The product into c [M, N + PAD], which holds `before`. */
static void expect_exact(Size s, Matrix a, Matrix b, bool add)
{
    const int64_t ldc = s.N + PAD, len = s.M * ldc - PAD;
    Real *before = matrix_integers(len, 3);
    const AtEnd c = at_end(len, before);
    small_gemm(&(SmallProduct){
        .M = s.M,
        .N = s.N,
        .K = s.K,
        .alpha = (Real)-0.5,
        .a = {a.data, a.transposed ? 1 : a.ld, a.transposed ? a.ld : 1},
        .b = {b.data, b.transposed ? 1 : b.ld, b.transposed ? b.ld : 1},
        .start = add ? c.x : NULL,
        .c = c.x,
        .ldc = ldc,
    });
    for (int64_t k = 0; k < len; k++) {
        const int64_t i = k / ldc, j = k % ldc;
        const double old = (double)before[k], sum = j < s.N ? matrix_product(s, a, b, i, j) : 0;
        ck_assert_double_eq((double)c.x[k], j < s.N ? (add ? old : 0) - sum / 2 : old);
    }
    unmap(c);
    mem_free(before);
}

START_TEST(test_integers_are_exact)
{
    const Size s = SIZE[_i];
    Real *x = matrix_integers(s.M * s.K + 1, 1), *w = matrix_integers(s.N * s.K + 1, 2);
    const AtEnd a = at_end(s.M * s.K, x), b = at_end(s.N * s.K, w);
    const Matrix rows = {a.x, s.K, false}, across = {a.x, s.M, true};
    const Matrix down = {b.x, s.N, false}, dots = {b.x, s.K, true};
    for (int add = 0; add < 2; add++) {
        expect_exact(s, rows, down, add);
        expect_exact(s, across, down, add);
        if (s.K > 1) expect_exact(s, rows, dots, add);
    }
    unmap(a);
    unmap(b);
    mem_free(x);
    mem_free(w);
}
END_TEST

/* c = start + a b for a start that is not c. */
START_TEST(test_start)
{
    const Real a[2] = {1, 2}, b[2] = {3, 4}, start[2] = {10, 20};
    Real c[2] = {0};
    small_gemm(&(SmallProduct){2, 1, 1, 1, {a, 1, 1}, {b, 1, 1}, start, c, 1});
    ck_assert(c[0] == 13 && c[1] == 26);
}
END_TEST

/* A NaN reaches the sums that it belongs to, and no others. */
START_TEST(test_nan)
{
    enum { M_MOST = 15, N = 33, K = 33 };
    Real *a = matrix_random(M_MOST * K, 1), *b = matrix_random(N * K, 2), c[M_MOST * N];
    a[2 * K + 32] = (Real)NAN;
    for (int M = 3; M <= M_MOST; M += 2)
        for (int dots = 0; dots < 2; dots++) {
            small_gemm(&(SmallProduct){
                M, N, K, 1, {a, K, 1}, {b, dots ? 1 : N, dots ? K : 1}, NULL, c, N});
            for (int i = 0; i < M * N; i++) ck_assert(isnan(c[i]) == (i / N == 2));
        }
    mem_free(a);
    mem_free(b);
}
END_TEST

/* Both factors transposed: neither way fits. */
START_TEST(test_misuse)
{
    Real x[6] = {0}, c[4];
    small_gemm(&(SmallProduct){2, 2, 3, 1, {x, 1, 2}, {x, 1, 3}, NULL, c, 2});
}
END_TEST

Suite *test_small_gemm_suite(void);
Suite *test_small_gemm_suite(void)
{
    Suite *s = suite_create("small_gemm");
    TCase *t = tcase_create("small_gemm");
    tcase_add_loop_test(t, test_integers_are_exact, 0, SIZES);
    tcase_add_test(t, test_start);
    tcase_add_test(t, test_nan);
    tcase_add_test_raise_signal(t, test_misuse, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
