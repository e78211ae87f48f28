/* SPDX-License-Identifier: Apache-2.0 */
/* Counts negatives between groups of positives with equal scores. */
#include "eval/metrics/micro_ap.h"

#include "core/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

typedef _Atomic int64_t Count;

enum { ALL, STRICT, COUNTS }; /* which negatives are counted */

struct MicroAp {
    int64_t n, groups;
    double *value;        /* [groups] scores, descending */
    int64_t *start;       /* [groups + 1] the first positive of each group */
    int64_t *pair;        /* [n] of the positives in order */
    Count *above[COUNTS]; /* [groups] negatives between a group and the one above it */
    Count *tied[COUNTS];  /* [groups] negatives with its score */
    Count *ahead;         /* [n] those of them directly ahead of a positive, by pair */
};

static void group(MicroAp *m, const ImageOrder *order, const double *score, const int64_t *pair)
{
    for (int64_t i = 0; i < m->n; i++) {
        m->pair[i] = pair[order->image[i]];
        if (order->mark[i] & ORDER_TIED) continue;
        m->value[m->groups] = score[order->image[i]];
        m->start[m->groups++] = i;
    }
    m->start[m->groups] = m->n;
}

MicroAp *micro_ap_new(int64_t n, const double *score, const int64_t *pair)
{
    MicroAp *m = mem_calloc(1, sizeof *m);
    const size_t room = (size_t)n + 1;
    ImageOrder order = image_order_new(n);
    int8_t *positive = mem_alloc(room);
    memset(positive, 1, room);
    image_order_sort(&order, n, score, positive);
    m->n = n;
    m->value = mem_alloc(room * sizeof *m->value);
    m->start = mem_alloc(room * sizeof *m->start);
    m->pair = mem_alloc(room * sizeof *m->pair);
    group(m, &order, score, pair);
    for (int c = 0; c < COUNTS; c++) {
        m->above[c] = mem_calloc((size_t)m->groups + 1, sizeof *m->above[c]);
        m->tied[c] = mem_calloc((size_t)m->groups + 1, sizeof *m->tied[c]);
    }
    m->ahead = mem_calloc(room, sizeof *m->ahead);
    mem_free(positive);
    image_order_free(&order);
    return m;
}

void micro_ap_free(MicroAp *m)
{
    if (!m) return;
    mem_free(m->ahead);
    for (int c = 0; c < COUNTS; c++) {
        mem_free(m->tied[c]);
        mem_free(m->above[c]);
    }
    mem_free(m->pair);
    mem_free(m->start);
    mem_free(m->value);
    mem_free(m);
}

/* The first group from g on whose score is at most x: doubling steps, then halves. */
static int64_t find_group(const MicroAp *m, int64_t g, double x)
{
    int64_t step = 1, lo = g;
    while (lo + step <= m->groups && m->value[lo + step - 1] > x) {
        lo += step;
        step *= 2;
    }
    int64_t hi = lo + step < m->groups ? lo + step : m->groups;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (m->value[mid] > x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* A negative that ranks, by its pair, among the positives of group g. */
static void rank_in_group(MicroAp *m, int64_t g, int64_t pair)
{
    int64_t lo = m->start[g], hi = m->start[g + 1];
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (m->pair[mid] < pair)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < m->start[g + 1]) atomic_fetch_add_explicit(&m->ahead[lo], 1, memory_order_relaxed);
}

/* Negatives of one group that have not been added yet. */
typedef struct Run {
    int64_t group, above[COUNTS], tied[COUNTS];
} Run;

static void flush(MicroAp *m, Run *run, int64_t next)
{
    for (int c = 0; c < COUNTS && run->group < m->groups; c++) {
        atomic_fetch_add_explicit(&m->above[c][run->group], run->above[c],
                                  memory_order_relaxed);
        atomic_fetch_add_explicit(&m->tied[c][run->group], run->tied[c], memory_order_relaxed);
    }
    *run = (Run){.group = next};
}

void micro_ap_add(MicroAp *m, const ImageOrder *order, const double *score, const int8_t *truth,
                  const int8_t *strict, int64_t tag, int64_t tags)
{
    Run run = {0};
    for (int64_t i = 0; i < order->images && run.group < m->groups; i++) {
        const int64_t image = order->image[i];
        if (truth[image] > 0) continue;
        const int64_t g = find_group(m, run.group, score[image]);
        if (g != run.group) flush(m, &run, g);
        const bool tied = g < m->groups && m->value[g] == score[image];
        int64_t *count = tied ? run.tied : run.above;
        count[ALL]++;
        count[STRICT] += strict[image] >= 0;
        if (tied) rank_in_group(m, g, image * tags + tag);
    }
    flush(m, &run, 0);
}

double micro_ap_value(const MicroAp *m)
{
    double sum = 0;
    int64_t rank = 0;
    for (int64_t g = 0; g < m->groups; g++) {
        int64_t behind = m->tied[ALL][g];
        rank += m->above[ALL][g];
        for (int64_t p = m->start[g]; p < m->start[g + 1]; p++) {
            rank += m->ahead[p] + 1;
            behind -= m->ahead[p];
            sum += (double)(p + 1) / (double)rank;
        }
        rank += behind;
    }
    return sum / ((double)m->n + 1e-8);
}

double micro_ap_expected(const MicroAp *m)
{
    double sum = 0;
    int64_t rank = 0;
    for (int64_t g = 0; g < m->groups; g++) {
        const int64_t first = m->start[g], hits = m->start[g + 1] - first;
        const int64_t t = hits + m->tied[STRICT][g];
        rank += m->above[STRICT][g];
        sum += image_order_group(rank, first, t, hits);
        rank += t;
    }
    return m->n ? sum / (double)m->n : 0;
}
