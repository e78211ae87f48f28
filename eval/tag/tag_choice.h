/* SPDX-License-Identifier: Apache-2.0 */
/* Which tags of an image are told: those above their thresholds, the best first, at most so
 * many. */
#ifndef RAMPLUS_EVAL_TAG_TAG_CHOICE_H
#define RAMPLUS_EVAL_TAG_TAG_CHOICE_H

#include "eval/ranked.h"

#include <stdint.h>

typedef struct TagChoice {
    const float *threshold; /* [K], or NULL: least for every tag */
    double least;           /* a score must be greater; -1: any */
    int64_t most;           /* at most so many tags */
} TagChoice;

/* score [K] -> found [K], of which the first n count: highest score first, equal ones in the
 * order of the list. Returns n. */
int64_t tag_choice_apply(const TagChoice *choice, int64_t K, const float *score, Ranked *found);

#endif
