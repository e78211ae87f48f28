/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates for the threshold of one tag. The best threshold lies directly below the score of
 * a positive: lowering it further, past a negative only, adds a false alarm. So only the scores
 * of the positives are candidates. */
#include "eval/threshold/threshold_cut.h"

#include "core/mem.h"

#include <stdlib.h>

static int descending(const void *a, const void *b)
{
    const ThresholdCut *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

/* One cut per distinct score of a positive, in descending order; hits are cumulative. Returns
 * the number of cuts. */
static int64_t positive_cuts(const Scores *s, const bool *used, int64_t k, ThresholdCut *cut)
{
    int64_t positives = 0, n = 0;
    for (int64_t i = 0; i < s->images; i++)
        if (s->truth[i * s->tags + k] == TRUTH_PRESENT && (!used || used[i]))
            cut[positives++] = (ThresholdCut){.score = s->score[i * s->tags + k]};
    qsort(cut, (size_t)positives, sizeof *cut, descending);
    for (int64_t i = 0; i < positives; i++) {
        if (n == 0 || cut[i].score != cut[n - 1].score) cut[n++] = cut[i];
        cut[n - 1].hits = i + 1;
    }
    return n;
}

int64_t threshold_cut_find(const ThresholdCut *cut, int64_t n, float x)
{
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (cut[mid].score <= x)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

int64_t threshold_cuts(const Scores *s, const bool *used, int64_t k, ThresholdCut *cut)
{
    const int64_t n = positive_cuts(s, used, k, cut);
    for (int64_t i = 0; n > 0 && i < s->images; i++) {
        const float x = s->score[i * s->tags + k];
        if (s->truth[i * s->tags + k] != TRUTH_ABSENT || (used && !used[i])) continue;
        const int64_t at = threshold_cut_find(cut, n, x);
        if (at < n) cut[at].false_alarms++;
        if (at > 0 && x > cut[at - 1].below) cut[at - 1].below = x;
    }
    for (int64_t c = 0; c < n; c++) {
        if (c > 0) cut[c].false_alarms += cut[c - 1].false_alarms;
        if (c + 1 < n && cut[c + 1].score > cut[c].below) cut[c].below = cut[c + 1].score;
    }
    return n;
}

ThresholdRating threshold_rate(double precision, double recall, ThresholdObjective objective)
{
    const double sum = precision + recall;
    if (objective.goal == THRESHOLD_F1)
        return (ThresholdRating){true, sum > 0 ? 2 * precision * recall / sum : 0};
    const bool by_precision = objective.goal == THRESHOLD_PRECISION;
    const double bound = by_precision ? recall : precision;
    const double wanted = by_precision ? precision : recall;
    const bool meets = bound >= objective.floor - 1e-12;
    return (ThresholdRating){meets, meets ? wanted : bound};
}

bool threshold_better(ThresholdRating a, ThresholdRating b)
{
    return a.meets != b.meets ? a.meets : a.value > b.value;
}

float threshold_between(float score, float below)
{
    const float middle = below + (score - below) / 2;
    return middle > below ? middle : score; /* no number between neighboring floats */
}
