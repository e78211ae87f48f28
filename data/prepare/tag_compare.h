/* SPDX-License-Identifier: Apache-2.0 */
/* Parsed tags against those that people gave: precision, recall, and the most frequent errors
 * with an example each. */
#ifndef RAMPLUS_DATA_PREPARE_TAG_COMPARE_H
#define RAMPLUS_DATA_PREPARE_TAG_COMPARE_H

#include "core/strings/strings.h"
#include "data/tag_ids.h"
#include "data/tags.h"

#include <stdbool.h>

/* One direction of errors of one tag. */
typedef struct TagMisses {
    int32_t tag;
    int64_t count;
    const char *example; /* the caption of the first one; NULL: none */
} TagMisses;

typedef struct TagCompare {
    int64_t right;         /* parsed and given */
    int64_t added, missed; /* only parsed, only given */
    int64_t spelled;       /* of the missed ones: a caption has the words of the tag */
    TagMisses *add, *miss; /* [tags] by tag until tag_compare_rank */
    int64_t tags;
    StringPool pool; /* private */
} TagCompare;

TagCompare tag_compare_new(int64_t tags); /* owned: tag_compare_free */
void tag_compare_free(TagCompare *c);

/* Compares two sets. spelled: the tags whose words the caption has, in whatever sense. */
void tag_compare_add(TagCompare *c, const TagIds *parsed, const TagIds *given,
                     const TagIds *spelled, const char *caption);
/* Sorts both lists of errors by count, descending, then by tag. Nothing is added after it. */
void tag_compare_rank(TagCompare *c);

/* NaN where nothing was parsed, or given. */
double tag_compare_precision(const TagCompare *c);
double tag_compare_recall(const TagCompare *c);
double tag_compare_f1(const TagCompare *c);
/* The recall of tags whose words a caption has. */
double tag_compare_spelled_recall(const TagCompare *c);

#endif
