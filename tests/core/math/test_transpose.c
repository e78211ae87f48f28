/* SPDX-License-Identifier: Apache-2.0 */
/* Transposed blocks: every number in its place, and nothing beside the block is written. */
#include "core/math/transpose.h"

#include <check.h>

enum { SIDE = 40, FROM = SIDE + 3, TO = SIDE + 5 };

static void expect_transposed(int M, int N)
{
    Real x[SIDE * FROM], y[SIDE * TO];
    for (int i = 0; i < SIDE * FROM; i++) x[i] = (Real)(i + 1);
    memset(y, 0, sizeof y);
    transpose_numbers(M, N, x, FROM, y, TO);
    for (int n = 0; n < SIDE; n++)
        for (int m = 0; m < TO; m++)
            ck_assert(y[n * TO + m] == (n < N && m < M ? x[m * FROM + n] : 0));
}

START_TEST(test_all_sizes)
{
    for (int M = 0; M <= SIDE; M++)
        for (int N = 0; N <= SIDE; N++) expect_transposed(M, N);
}
END_TEST

/* Pairs of bfloat16 numbers move as one word. */
START_TEST(test_words)
{
    uint16_t x[18][2], y[18][2] = {{0}};
    for (uint16_t i = 0; i < 18; i++) x[i][0] = i, x[i][1] = (uint16_t)(100 + i);
    transpose_matrix(3, 6, x, 6 * sizeof x[0], y, 3 * sizeof y[0]);
    for (int m = 0; m < 3; m++)
        for (int n = 0; n < 6; n++)
            ck_assert(memcmp(y[n * 3 + m], x[m * 6 + n], sizeof x[0]) == 0);
}
END_TEST

Suite *test_transpose_suite(void);
Suite *test_transpose_suite(void)
{
    Suite *s = suite_create("transpose");
    TCase *t = tcase_create("transpose");
    tcase_add_test(t, test_all_sizes);
    tcase_add_test(t, test_words);
    suite_add_tcase(s, t);
    return s;
}
