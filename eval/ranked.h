/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a list (tags of an image, images for a text) ranked by score, and their CSV and
 * JSON forms. */
#ifndef RAMPLUS_EVAL_RANKED_H
#define RAMPLUS_EVAL_RANKED_H

#include "core/json/json.h"

#include <stdint.h>

typedef struct Ranked {
    int64_t at;  /* index in the list */
    float score; /* in [0, 1] */
} Ranked;

/* Sorts by descending score; equal scores keep the order of the list. */
void ranked_sort(Ranked *s, int64_t n);

enum RankedCsv {
    RANKED_CSV,
    RANKED_SPREADSHEET, /* a quote before texts that a spreadsheet takes for a formula */
};

/* Appends a field of CSV. */
void ranked_field(Text *out, enum RankedCsv csv, const char *text);
/* Appends one line SUBJECT,NAME,SCORE per entry; name[s[i].at] is the name of entry i. */
void ranked_csv(Text *out, enum RankedCsv csv, const char *subject, char *const *name,
                const Ranked *s, int64_t n);

/* The array [{KEY: NAME, "score": x}, ...]. */
json_t *ranked_json(const char *key, char *const *name, const Ranked *s, int64_t n);
/* Releases the object and appends it as the next element of a JSON array; out already contains
 * "[" and the previous elements. */
void ranked_put(Text *out, json_t *object);

#endif
