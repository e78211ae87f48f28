/* Scored members of a list (tags of a picture, pictures for a text): their order, and the forms that
 * programs read. */
#ifndef RAMPLUS_EVAL_SCORED_H
#define RAMPLUS_EVAL_SCORED_H

#include "core/text.h"

#include <stdint.h>

typedef struct Scored {
    int64_t at;  /* place in the list */
    float score; /* in [0, 1] */
} Scored;

/* Highest score first, equal ones in the order of the list. */
void scored_sort(Scored *s, int64_t n);

/* Lines of SUBJECT,NAME,SCORE; name is the list. */
void scored_csv(Text *out, const char *subject, char *const *name, const Scored *s, int64_t n);

/* The keys of {"image": SUBJECT, "tags": [{"tag": NAME, "score": x}]}. */
typedef struct ScoredKeys {
    const char *subject, *list, *member;
} ScoredKeys;

/* Such an object, a member of an array of which out holds the "[" and what came before. */
void scored_json(Text *out, const ScoredKeys *keys, const char *subject, char *const *name,
                 const Scored *s, int64_t n);

#endif
