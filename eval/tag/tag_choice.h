/* SPDX-License-Identifier: Apache-2.0 */
/* Which tags of an image are reported: those above their thresholds, the highest scores first,
 * up to a maximum number. */
#ifndef RAMPLUS_EVAL_TAG_TAG_CHOICE_H
#define RAMPLUS_EVAL_TAG_TAG_CHOICE_H

#include "eval/ranked.h"

#include <stdint.h>

typedef struct TagChoice {
    const float *threshold; /* [K], or NULL: min_score for every tag */
    double min_score;       /* scores must be greater; -1: any score */
    int64_t max_tags;       /* maximum number of tags */
} TagChoice;

/* Writes the chosen tags to the first n entries of found [K], sorted by descending score; equal
 * scores keep the order of the list. score [K]. Returns n. */
int64_t tag_choice_apply(const TagChoice *choice, int64_t K, const float *score, Ranked *found);

#endif
