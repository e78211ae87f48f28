/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds, tuned on stored scores: one per tag, per group of tags, or for all tags. */
#ifndef RAMPLUS_EVAL_THRESHOLD_THRESHOLD_H
#define RAMPLUS_EVAL_THRESHOLD_THRESHOLD_H

#include "core/error.h"
#include "eval/scores/scores.h"

enum ThresholdGoal {
    THRESHOLD_F1,        /* the highest F1 */
    THRESHOLD_PRECISION, /* the highest precision with recall >= floor */
    THRESHOLD_RECALL,    /* the highest recall with precision >= floor */
};

typedef struct ThresholdObjective {
    enum ThresholdGoal goal;
    double floor; /* (0, 1]; unused by F1 */
} ThresholdObjective;

/* Parses "f1", "precision@R" or "recall@P" with R, P in (0, 1]. ERROR_USAGE otherwise. */
int threshold_parse(const char *text, ThresholdObjective *out, Error *err);

enum ThresholdPer { THRESHOLD_PER_TAG, THRESHOLD_PER_GROUP, THRESHOLD_GLOBAL };

typedef struct ThresholdPlan {
    ThresholdObjective objective;
    enum ThresholdPer per;
    char *const *group; /* [tags] names, for THRESHOLD_PER_GROUP */
    /* A tag (a group) with fewer positives gets the global threshold; 0: none does. */
    int64_t least;
    const bool *used; /* [images] to tune on; NULL: all */
} ThresholdPlan;

typedef struct ThresholdCounts {
    int64_t no_positive; /* tags without a positive image, which keep their stored threshold */
    int64_t unreachable; /* tags where no threshold meets the floor: the closest one is used */
    /* tags whose threshold is the lowest score kept, because no float lies between it and the
     * next lower score: eval, which keeps score >= threshold, keeps it, and tag does not */
    int64_t at_score;
    int64_t fallen_back; /* tags that have the global threshold for want of positives */
} ThresholdCounts;

/* out [tags]. A threshold is half way between the lowest score kept and the next lower score,
 * so that `>` and `>=` give the same result except for at_score tags; among equal values of the
 * objective the higher threshold is chosen. Of several tags, the objective is that of their
 * mean precision and mean recall; only those with positives count, and at most
 * THRESHOLD_CANDIDATES of their positives' scores, evenly spaced in rank, are tried. A tag
 * without positives has the threshold of its group, or the global one, if that exists. */
ThresholdCounts threshold_tune(const Scores *s, const ThresholdPlan *plan, float *out);

enum { THRESHOLD_CANDIDATES = 4096 };

/* Cross-validation: the images are shared out to `folds` (at least 2) parts by a hash of their
 * names; each part is measured with thresholds that are tuned on the others. Returns CP, CR,
 * F1, OP, OR and OF1 of all decisions; mAP is 0. plan->used has to be NULL. */
Metrics threshold_cross_validate(const Scores *s, const ThresholdPlan *plan, int64_t folds);

#endif
