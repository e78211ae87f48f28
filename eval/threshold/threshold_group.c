/* SPDX-License-Identifier: Apache-2.0 */
/* Tunes one threshold of several tags: precision and recall of every tag at every candidate,
 * summed over the tags. */
#include "eval/threshold/threshold_group.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "eval/threshold/threshold_cut.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 }; /* tags that one thread sums, so that the order of all sums is fixed */

typedef struct Work {
    const Scores *s;
    const bool *used, *member;
    float *candidate; /* [n] descending */
    int64_t n;
    double *precision, *recall; /* [blocks, n] sums */
    int64_t *tags;              /* [blocks] tags with positives */
} Work;

static bool uses(const Work *w, int64_t i) { return !w->used || w->used[i]; }

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* The scores of all positives of the group, n of them. Owned. */
static float *positive_scores(const Work *w, int64_t *n)
{
    const Scores *s = w->s;
    int64_t room = 0;
    *n = 0;
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; uses(w, i) && k < s->tags; k++)
            room += w->member[k] && s->truth[i * s->tags + k] == TRUTH_PRESENT;
    float *score = mem_alloc(((size_t)room + 1) * sizeof *score);
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; uses(w, i) && k < s->tags; k++)
            if (w->member[k] && s->truth[i * s->tags + k] == TRUTH_PRESENT)
                score[(*n)++] = s->score[i * s->tags + k];
    qsort(score, (size_t)*n, sizeof *score, descending);
    return score;
}

/* Keeps the distinct scores, at most THRESHOLD_CANDIDATES, the lowest one among them. */
static int64_t thin(float *score, int64_t n)
{
    int64_t distinct = 0, kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || score[i] != score[i - 1]) score[distinct++] = score[i];
    const int64_t most = THRESHOLD_CANDIDATES;
    if (distinct <= most) return distinct;
    for (int64_t i = 1; i <= most; i++) score[kept++] = score[i * distinct / most - 1];
    return kept;
}

/* The first candidate that x reaches; n if it reaches none. */
static int64_t reached(const Work *w, float x)
{
    int64_t lo = 0, hi = w->n;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (w->candidate[mid] <= x)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Adds the precision and recall of tag k to those of its block. hits, kept [n + 1]. */
static void add_tag(const Work *w, int64_t k, int64_t block, int64_t *hits, int64_t *kept)
{
    const Scores *s = w->s;
    int64_t positives = 0, sum_hits = 0, sum_kept = 0;
    memset(hits, 0, (size_t)(w->n + 1) * sizeof *hits);
    memset(kept, 0, (size_t)(w->n + 1) * sizeof *kept);
    for (int64_t i = 0; i < s->images; i++) {
        const uint8_t truth = s->truth[i * s->tags + k];
        if (!uses(w, i) || truth == TRUTH_UNKNOWN) continue;
        const int64_t at = reached(w, s->score[i * s->tags + k]);
        hits[at] += truth;
        kept[at]++;
        positives += truth;
    }
    if (positives == 0) return;
    w->tags[block]++;
    for (int64_t c = 0; c < w->n; c++) {
        sum_hits += hits[c];
        sum_kept += kept[c];
        if (sum_kept) w->precision[block * w->n + c] += (double)sum_hits / (double)sum_kept;
        w->recall[block * w->n + c] += (double)sum_hits / (double)positives;
    }
}

static void add_block(int64_t block, void *context)
{
    const Work *w = context;
    const size_t room = (size_t)w->n + 1;
    int64_t *hits = mem_alloc(room * sizeof *hits), *kept = mem_alloc(room * sizeof *kept);
    for (int64_t k = block * BLOCK; k < (block + 1) * BLOCK && k < w->s->tags; k++)
        if (w->member[k]) add_tag(w, k, block, hits, kept);
    mem_free(kept);
    mem_free(hits);
}

/* The best candidate of the sums over all blocks. */
static int64_t choose(const Work *w, int64_t blocks, ThresholdObjective objective, bool *meets)
{
    int64_t best = 0, tags = 0;
    ThresholdRating most = {0};
    for (int64_t b = 0; b < blocks; b++) tags += w->tags[b];
    for (int64_t c = 0; c < w->n; c++) {
        double precision = 0, recall = 0;
        for (int64_t b = 0; b < blocks; b++) {
            precision += w->precision[b * w->n + c];
            recall += w->recall[b * w->n + c];
        }
        const ThresholdRating r =
            threshold_rate(precision / (double)tags, recall / (double)tags, objective);
        if (c > 0 && !threshold_better(r, most)) continue;
        most = r;
        best = c;
    }
    *meets = most.meets;
    return best;
}

/* The highest score of the group below x; 0 if there is none. */
static float next_below(const Work *w, float x)
{
    const Scores *s = w->s;
    float below = 0;
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; uses(w, i) && k < s->tags; k++) {
            const float y = s->score[i * s->tags + k];
            if (s->truth[i * s->tags + k] == TRUTH_UNKNOWN) continue;
            if (w->member[k] && y < x && y > below) below = y;
        }
    return below;
}

ThresholdChoice threshold_group(const Scores *s, const ThresholdPlan *plan, const bool *member)
{
    Work w = {.s = s, .used = plan->used, .member = member};
    const int64_t blocks = (s->tags + BLOCK - 1) / BLOCK;
    ThresholdChoice out = {0};
    bool meets;
    w.candidate = positive_scores(&w, &out.positives);
    w.n = thin(w.candidate, out.positives);
    if (w.n > 0) {
        w.precision = mem_calloc((size_t)(blocks * w.n), sizeof *w.precision);
        w.recall = mem_calloc((size_t)(blocks * w.n), sizeof *w.recall);
        w.tags = mem_calloc((size_t)blocks, sizeof *w.tags);
        parallel_for(blocks, add_block, &w);
        const float score = w.candidate[choose(&w, blocks, plan->objective, &meets)];
        out.threshold = threshold_between(score, next_below(&w, score));
        out.unreachable = !meets;
        out.at_score = out.threshold == score;
    }
    mem_free(w.tags);
    mem_free(w.recall);
    mem_free(w.precision);
    mem_free(w.candidate);
    return out;
}
