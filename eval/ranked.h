/* SPDX-License-Identifier: Apache-2.0 */
/* Ranked members of a list (tags of an image, images for a text): their order, and the forms
 * that programs read. */
#ifndef RAMPLUS_EVAL_RANKED_H
#define RAMPLUS_EVAL_RANKED_H

#include "core/text.h"

#include <stdint.h>

typedef struct Ranked {
    int64_t at;  /* place in the list */
    float score; /* in [0, 1] */
} Ranked;

/* Highest score first, equal ones in the order of the list. */
void ranked_sort(Ranked *s, int64_t n);

/* Lines of SUBJECT,NAME,SCORE; name is the list. */
void ranked_csv(Text *out, const char *subject, char *const *name, const Ranked *s, int64_t n);

/* The keys of {"image": SUBJECT, "tags": [{"tag": NAME, "score": x}]}. */
typedef struct ScoredKeys {
    const char *subject, *list, *member;
} ScoredKeys;

/* Such an object, a member of an array of which out holds the "[" and what came before. */
void ranked_json(Text *out, const ScoredKeys *keys, const char *subject, char *const *name,
                 const Ranked *s, int64_t n);

#endif
