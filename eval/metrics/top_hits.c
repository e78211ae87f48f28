/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the five best tags of an image in one pass. */
#include "eval/metrics/top_hits.h"

#include <stdbool.h>

enum { MOST = 5 };

const int64_t top_sizes[TOPS] = {1, 3, 5};

typedef struct Best {
    int64_t count;
    double score[MOST]; /* descending */
    bool right[MOST];
} Best;

static void consider(Best *b, double score, bool right)
{
    if (b->count == MOST && !(score > b->score[MOST - 1])) return;
    int64_t at = b->count < MOST ? b->count++ : MOST - 1;
    for (; at > 0 && score > b->score[at - 1]; at--) {
        b->score[at] = b->score[at - 1];
        b->right[at] = b->right[at - 1];
    }
    b->score[at] = score;
    b->right[at] = right;
}

TopHits top_hits(const double *score, const int8_t *truth, int64_t tags)
{
    Best best = {0};
    TopHits out = {0};
    for (int64_t k = 0; k < tags; k++) consider(&best, score[k], truth[k] > 0);
    for (int t = 0; t < TOPS; t++) {
        out.kept[t] = best.count < top_sizes[t] ? best.count : top_sizes[t];
        for (int64_t i = 0; i < out.kept[t]; i++) out.hits[t] += best.right[i];
        out.any[t] = out.hits[t] > 0;
    }
    return out;
}

/* The tags above a score and those that have it. */
typedef struct Split {
    int64_t above, above_right, tied, tied_right;
} Split;

static Split split_at(const double *score, const int8_t *truth, int64_t tags, double x)
{
    Split s = {0};
    for (int64_t k = 0; k < tags; k++) {
        if (score[k] < x || truth[k] < 0) continue;
        const bool right = truth[k] > 0;
        s.above += score[k] > x;
        s.above_right += score[k] > x && right;
        s.tied += score[k] == x;
        s.tied_right += score[k] == x && right;
    }
    return s;
}

/* The probability that m of the tied tags, drawn at random, are all wrong. */
static double all_wrong(const Split *s, int64_t m)
{
    double p = 1;
    for (int64_t j = 0; j < m; j++)
        p *= (double)(s->tied - s->tied_right - j) / (double)(s->tied - j);
    return p > 0 ? p : 0;
}

TopHits top_hits_expected(const double *score, const int8_t *truth, int64_t tags)
{
    Best best = {0};
    TopHits out = {0};
    for (int64_t k = 0; k < tags; k++)
        if (truth[k] >= 0) consider(&best, score[k], truth[k] > 0);
    for (int t = 0; t < TOPS; t++) {
        const int64_t kept = best.count < top_sizes[t] ? best.count : top_sizes[t];
        out.kept[t] = kept;
        if (kept == 0) continue;
        const Split s = split_at(score, truth, tags, best.score[kept - 1]);
        const int64_t m = kept - s.above;
        out.hits[t] = (double)s.above_right + (double)(m * s.tied_right) / (double)s.tied;
        out.any[t] = s.above_right ? 1 : 1 - all_wrong(&s, m);
    }
    return out;
}
