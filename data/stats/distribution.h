/* SPDX-License-Identifier: Apache-2.0 */
/* How whole numbers are distributed, with exact quantiles, in memory that does not grow with
 * their count. */
#ifndef RAMPLUS_DATA_STATS_DISTRIBUTION_H
#define RAMPLUS_DATA_STATS_DISTRIBUTION_H

#include <stdint.h>

enum { DISTRIBUTION_MAX = 1 << 16 }; /* larger numbers count as this in quantiles */

/* Initialize it with {0}. */
typedef struct Distribution {
    int64_t count, sum, max;
    int64_t *of; /* [room] how often each number occurs */
    int64_t room;
} Distribution;

void distribution_add(Distribution *d, int64_t value); /* >= 0 */
void distribution_free(Distribution *d);               /* frees and empties */
double distribution_mean(const Distribution *d);       /* NaN: no numbers */
/* The least number that at least this share of the numbers, in (0, 1], does not exceed; 0: no
 * numbers. */
int64_t distribution_quantile(const Distribution *d, double share);
/* How many are in from..to. */
int64_t distribution_between(const Distribution *d, int64_t from, int64_t to);

#endif
