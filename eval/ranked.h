/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a list (tags of an image, images for a text) ranked by score, and their CSV and
 * JSON forms. */
#ifndef RAMPLUS_EVAL_RANKED_H
#define RAMPLUS_EVAL_RANKED_H

#include "core/io/text.h"

#include <stdint.h>

typedef struct Ranked {
    int64_t at;  /* index in the list */
    float score; /* in [0, 1] */
} Ranked;

/* Sorts by descending score; equal scores keep the order of the list. */
void ranked_sort(Ranked *s, int64_t n);

/* Appends one line SUBJECT,NAME,SCORE per entry; name[s[i].at] is the name of entry i. */
void ranked_csv(Text *out, const char *subject, char *const *name, const Ranked *s, int64_t n);

/* The keys of an object {"image": SUBJECT, "tags": [{"tag": NAME, "score": x}]}. */
typedef struct RankedKeys {
    const char *subject, *list, *member;
} RankedKeys;

/* Appends such an object as the next element of a JSON array; out already contains "[" and the
 * previous elements. */
void ranked_json(Text *out, const RankedKeys *keys, const char *subject, char *const *name,
                 const Ranked *s, int64_t n);

#endif
