/* SPDX-License-Identifier: Apache-2.0 */
/* One threshold per tag, tuned on stored scores. */
#ifndef RAMPLUS_EVAL_THRESHOLD_H
#define RAMPLUS_EVAL_THRESHOLD_H

#include "core/error.h"
#include "eval/scores.h"

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

typedef struct ThresholdCounts {
    int64_t no_positive; /* tags without a positive image, which keep their stored threshold */
    int64_t unreachable; /* tags where no threshold meets the floor: the closest one is used */
    /* tags whose threshold is the lowest score kept, because no float lies between it and the
     * next lower score: eval, which keeps score >= threshold, keeps it, and tag does not */
    int64_t at_score;
} ThresholdCounts;

/* out [tags]. A threshold is half way between the lowest score kept and the next lower score,
 * so that `>` and `>=` give the same result except for at_score tags; among equal values of the
 * objective the higher threshold is chosen. */
ThresholdCounts threshold_tune(const Scores *s, ThresholdObjective objective, float *out);

#endif
