/* SPDX-License-Identifier: Apache-2.0 */
/* One threshold of several tags. */
#ifndef RAMPLUS_EVAL_THRESHOLD_THRESHOLD_GROUP_H
#define RAMPLUS_EVAL_THRESHOLD_THRESHOLD_GROUP_H

#include "eval/threshold/threshold.h"

#include <stdbool.h>

typedef struct ThresholdChoice {
    int64_t positives; /* 0: there is nothing to choose by */
    float threshold;
    bool unreachable, at_score; /* as in ThresholdCounts */
} ThresholdChoice;

/* The best one of the tags with member [tags], by threshold_tune's rules. */
ThresholdChoice threshold_group(const Scores *s, const ThresholdPlan *plan, const bool *member);

#endif
