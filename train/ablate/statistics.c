/* SPDX-License-Identifier: Apache-2.0 */
/* Student's t by table, and beyond it by the expansion of Cornish and Fisher (1938). */
#include "train/ablate/statistics.h"

#include <math.h>
#include <stdbool.h>

Spread statistics_spread(const double *x, int64_t n)
{
    Spread s = {0, 0};
    for (int64_t i = 0; i < n; i++) s.mean += x[i] / (double)n;
    for (int64_t i = 0; i < n; i++) s.deviation += (x[i] - s.mean) * (x[i] - s.mean);
    s.deviation = n > 1 ? sqrt(s.deviation / (double)(n - 1)) : (double)NAN;
    return s;
}

/* The quantile of 0.975 of Student's t. */
static double student(int64_t freedom)
{
    static const double T[] = {12.7062047364, 4.3026527299, 3.1824463053, 2.7764451052,
                               2.5705818356,  2.4469118511, 2.3646242516, 2.3060041352,
                               2.2621571628,  2.2281388520};
    if (freedom <= (int64_t)(sizeof T / sizeof *T)) return T[freedom - 1];
    const double n = (double)freedom, z = 1.9599639845400545, z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
           (3 * z5 * z * z + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

Interval statistics_interval(const double *x, int64_t n)
{
    const Spread s = statistics_spread(x, n);
    if (n < 2) return (Interval){(double)NAN, (double)NAN};
    const double half = student(n - 1) * s.deviation / sqrt((double)n);
    return (Interval){s.mean - half, s.mean + half};
}

void statistics_ranks(const double *x, int64_t n, double *rank)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t before = 0, equal = 0;
        for (int64_t j = 0; j < n; j++) {
            const bool both = isnan(x[i]) && isnan(x[j]);
            before += x[j] > x[i] || (isnan(x[i]) && !isnan(x[j]));
            equal += both || x[j] == x[i];
        }
        rank[i] = (double)before + ((double)equal + 1) / 2;
    }
}
