/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of numbers. */
#include "data/stats/distribution.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

void distribution_add(Distribution *d, int64_t value)
{
    CHECK(value >= 0, "%ld", value);
    const int64_t at = value < DISTRIBUTION_MAX ? value : DISTRIBUTION_MAX;
    if (at >= d->room) {
        const int64_t room = 2 * at + 64;
        d->of = mem_realloc(d->of, (size_t)room * sizeof *d->of);
        memset(d->of + d->room, 0, (size_t)(room - d->room) * sizeof *d->of);
        d->room = room;
    }
    d->of[at]++;
    d->count++;
    d->sum += value;
    if (value > d->max) d->max = value;
}

void distribution_free(Distribution *d)
{
    mem_free(d->of);
    *d = (Distribution){0};
}

double distribution_mean(const Distribution *d)
{
    return d->count ? (double)d->sum / (double)d->count : (double)NAN;
}

int64_t distribution_quantile(const Distribution *d, double share)
{
    int64_t seen = 0;
    for (int64_t i = 0; i < d->room; i++)
        if ((double)(seen += d->of[i]) >= share * (double)d->count && seen > 0) return i;
    return 0;
}

int64_t distribution_between(const Distribution *d, int64_t from, int64_t to)
{
    int64_t n = 0;
    for (int64_t i = from; i <= to && i < d->room; i++) n += d->of[i];
    return n;
}
