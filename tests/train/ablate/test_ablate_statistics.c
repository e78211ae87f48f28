/* SPDX-License-Identifier: Apache-2.0 */
/* Means, intervals and ranks against values computed by hand and with SciPy. */
#include "train/ablate/statistics.h"

#include <check.h>
#include <math.h>

START_TEST(spread)
{
    const Spread s = statistics_spread((double[]){1, 2, 4}, 3);
    ck_assert_double_eq_tol(s.mean, 7.0 / 3, 1e-15);
    ck_assert_double_eq_tol(s.deviation, sqrt(7.0 / 3), 1e-15);
    ck_assert(isnan(statistics_spread((double[]){5}, 1).deviation));
    ck_assert(isnan(statistics_spread((double[]){5, (double)NAN}, 2).mean));
}
END_TEST

/* Half widths of n numbers of mean 0 and deviation 1: t(0.975, n - 1) / sqrt(n), SciPy 1.15. */
START_TEST(interval)
{
    static const struct {
        int64_t n;
        double half, tolerance;
    } row[] = {{2, 8.984643, 1e-6},  {3, 2.484138, 1e-6},  {5, 1.241664, 1e-6},
               {11, 0.671809, 1e-6}, {12, 0.635372, 5e-5}, {31, 0.366803, 1e-6},
               {101, 0.197413, 1e-6}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        double x[101] = {0};
        const int64_t n = row[i].n;
        /* Two numbers apart by such an amount that the deviation is 1. */
        x[0] = sqrt((double)(n - 1) / 2);
        x[1] = -x[0];
        const Interval v = statistics_interval(x, n);
        ck_assert_double_eq_tol(v.high, row[i].half, row[i].tolerance);
        ck_assert_double_eq_tol(v.low, -row[i].half, row[i].tolerance);
    }
    ck_assert(isnan(statistics_interval((double[]){5}, 1).low));
}
END_TEST

START_TEST(ranks)
{
    double rank[5];
    statistics_ranks((double[]){3, (double)NAN, 5, 3, (double)NAN}, 5, rank);
    const double want[] = {2.5, 4.5, 1, 2.5, 4.5};
    for (int i = 0; i < 5; i++) ck_assert_double_eq(rank[i], want[i]);
}
END_TEST

Suite *test_ablate_statistics_suite(void);
Suite *test_ablate_statistics_suite(void)
{
    Suite *suite = suite_create("ablate_statistics");
    TCase *c = tcase_create("ablate_statistics");
    tcase_add_test(c, spread);
    tcase_add_test(c, interval);
    tcase_add_test(c, ranks);
    suite_add_tcase(suite, c);
    return suite;
}
