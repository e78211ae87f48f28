/* SPDX-License-Identifier: Apache-2.0 */
/* Tuning thresholds per tag, per group of tags, or for all, and what they give on images that
 * they have not seen. */
#include "eval/threshold/threshold.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "eval/metrics/image_split.h"
#include "eval/threshold/threshold_cut.h"
#include "eval/threshold/threshold_group.h"

#include <stdlib.h>
#include <string.h>

typedef struct Work {
    const Scores *s;
    const ThresholdPlan *plan;
    ThresholdChoice *choice; /* [tags] */
} Work;

/* Precision and recall of a candidate. */
static ThresholdRating rate(const ThresholdCut *c, int64_t positives, ThresholdObjective o)
{
    const double hits = (double)c->hits, kept = hits + (double)c->false_alarms;
    if (o.goal == THRESHOLD_F1)
        return (ThresholdRating){true, 2 * hits / (kept + (double)positives)};
    return threshold_rate(hits / kept, hits / (double)positives, o);
}

static void tune_tag(int64_t k, void *context)
{
    const Work *w = context;
    const ThresholdObjective o = w->plan->objective;
    ThresholdCut *cut = mem_alloc((size_t)w->s->images * sizeof *cut);
    const int64_t n = threshold_cuts(w->s, w->plan->used, k, cut);
    if (n > 0) {
        const int64_t positives = cut[n - 1].hits;
        int64_t best = 0;
        for (int64_t c = 1; c < n; c++)
            if (threshold_better(rate(&cut[c], positives, o), rate(&cut[best], positives, o)))
                best = c;
        const float threshold = threshold_between(cut[best].score, cut[best].below);
        w->choice[k] = (ThresholdChoice){.positives = positives,
                                         .threshold = threshold,
                                         .unreachable = !rate(&cut[best], positives, o).meets,
                                         .at_score = threshold == cut[best].score};
    }
    mem_free(cut);
}

/* Tunes each group and gives its choice to all its tags. */
static void tune_groups(const Work *w)
{
    const int64_t tags = w->s->tags;
    bool *member = mem_alloc((size_t)tags * sizeof *member);
    bool *done = mem_calloc((size_t)tags, sizeof *done);
    for (int64_t first = 0; first < tags; first++) {
        if (done[first]) continue;
        for (int64_t k = 0; k < tags; k++)
            member[k] = strcmp(w->plan->group[k], w->plan->group[first]) == 0;
        const ThresholdChoice choice = threshold_group(w->s, w->plan, member);
        for (int64_t k = first; k < tags; k++) {
            if (!member[k]) continue;
            w->choice[k] = choice;
            done[k] = true;
        }
    }
    mem_free(done);
    mem_free(member);
}

static ThresholdChoice tune_all(const Work *w)
{
    bool *member = mem_alloc((size_t)w->s->tags * sizeof *member);
    for (int64_t k = 0; k < w->s->tags; k++) member[k] = true;
    const ThresholdChoice choice = threshold_group(w->s, w->plan, member);
    mem_free(member);
    return choice;
}

static void choose(const Work *w)
{
    if (w->plan->per == THRESHOLD_PER_TAG)
        parallel_for(w->s->tags, tune_tag, (void *)(uintptr_t)w);
    if (w->plan->per == THRESHOLD_PER_GROUP) tune_groups(w);
    if (w->plan->per == THRESHOLD_GLOBAL) {
        const ThresholdChoice all = tune_all(w);
        for (int64_t k = 0; k < w->s->tags; k++) w->choice[k] = all;
    }
}

/* Replaces the choices that have too few positives. */
static int64_t fall_back(const Work *w)
{
    int64_t n = 0;
    const int64_t least = w->plan->per == THRESHOLD_GLOBAL ? 0 : w->plan->least;
    for (int64_t k = 0; k < w->s->tags; k++) n += w->choice[k].positives < least;
    if (n == 0) return 0;
    const ThresholdChoice all = tune_all(w);
    for (int64_t k = 0; k < w->s->tags; k++)
        if (w->choice[k].positives < least) w->choice[k] = all;
    return n;
}

ThresholdCounts threshold_tune(const Scores *s, const ThresholdPlan *plan, float *out)
{
    ThresholdCounts counts = {0};
    Work w = {s, plan, mem_calloc((size_t)s->tags, sizeof *w.choice)};
    choose(&w);
    counts.fallen_back = fall_back(&w);
    for (int64_t k = 0; k < s->tags; k++) {
        const ThresholdChoice *c = &w.choice[k];
        counts.no_positive += c->positives == 0;
        counts.unreachable += c->unreachable;
        counts.at_score += c->at_score;
        out[k] = c->positives ? c->threshold : s->threshold[k];
    }
    mem_free(w.choice);
    return counts;
}

static int64_t fold_of(const char *image, int64_t folds)
{
    return (int64_t)(image_split(image, SPLIT_FOLD) * (double)folds);
}

/* Adds what the thresholds decide on the images that are not used. */
static void count_others(const Scores *s, const bool *used, const float *threshold,
                         TagMetrics *tag)
{
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; !used[i] && k < s->tags; k++) {
            const bool kept = s->score[i * s->tags + k] >= threshold[k];
            const uint8_t truth = s->truth[i * s->tags + k];
            tag[k].positives += truth == TRUTH_PRESENT;
            tag[k].hits += kept && truth == TRUTH_PRESENT;
            tag[k].false_alarms += kept && truth == TRUTH_ABSENT;
        }
}

Metrics threshold_cross_validate(const Scores *s, const ThresholdPlan *plan, int64_t folds)
{
    CHECK(folds >= 2 && !plan->used, "%ld folds", folds);
    ThresholdPlan part = *plan;
    const size_t tags = (size_t)s->tags;
    bool *used = mem_alloc((size_t)s->images * sizeof *used);
    bool *first = mem_alloc(tags * sizeof *first);
    float *threshold = mem_alloc(tags * sizeof *threshold);
    TagMetrics *tag = mem_calloc(tags, sizeof *tag);
    part.used = used;
    for (int64_t f = 0; f < folds; f++) {
        for (int64_t i = 0; i < s->images; i++) used[i] = fold_of(s->image[i], folds) != f;
        threshold_tune(s, &part, threshold);
        count_others(s, used, threshold, tag);
    }
    for (int64_t k = 0; k < s->tags; k++) metrics_rates(&tag[k]);
    metrics_first_columns((const char *const *)s->tag, s->tags, first);
    const Metrics mean = metrics_mean(tag, s->tags, first);
    mem_free(tag);
    mem_free(threshold);
    mem_free(first);
    mem_free(used);
    return mean;
}

int threshold_parse(const char *text, ThresholdObjective *out, Error *err)
{
    *out = (ThresholdObjective){0};
    if (strcmp(text, "f1") == 0) return 0;
    const char *at = strchr(text, '@');
    const size_t n = at ? (size_t)(at - text) : 0;
    if (n == 9 && memcmp(text, "precision", n) == 0)
        out->goal = THRESHOLD_PRECISION;
    else if (n == 6 && memcmp(text, "recall", n) == 0)
        out->goal = THRESHOLD_RECALL;
    else
        return error_set(err, ERROR_USAGE,
                         "objective: %s: expected f1, precision@R or recall@P", text);
    char *end;
    out->floor = strtod(at + 1, &end);
    if (end == at + 1 || *end || !(out->floor > 0 && out->floor <= 1))
        return error_set(err, ERROR_USAGE,
                         "objective: %s: expected a number in (0, 1], as in %.*s@0.8", at + 1,
                         (int)n, text);
    return 0;
}
