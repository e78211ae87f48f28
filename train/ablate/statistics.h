/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a few repeated measurements. A measurement that is missing is NAN, and so is
 * everything that needs it. */
#ifndef RAMPLUS_TRAIN_ABLATE_STATISTICS_H
#define RAMPLUS_TRAIN_ABLATE_STATISTICS_H

#include <stdint.h>

typedef struct Spread {
    double mean, deviation; /* of the sample, divisor n - 1; deviation NAN for n = 1 */
} Spread;

typedef struct Interval {
    double low, high;
} Interval;

Spread statistics_spread(const double *x, int64_t n);

/* The 95% interval of the mean of n independent normal measurements, with Student's t for
 * n - 1 degrees of freedom (Student 1908); NAN for n = 1. */
Interval statistics_interval(const double *x, int64_t n);

/* The ranks of n measurements, 1 for the largest; equal ones share the mean of their ranks, and
 * missing ones come last. rank [n]. */
void statistics_ranks(const double *x, int64_t n, double *rank);

#endif
