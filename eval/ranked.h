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

enum RankedFormat {
    RANKED_LINES, /* for people */
    RANKED_CSV,
    RANKED_SPREADSHEET, /* CSV; a quote before texts that a spreadsheet takes for formulas */
    RANKED_JSON,
};

/* The format that the options of a command select; without any, RANKED_LINES. */
enum RankedFormat ranked_format(bool json, bool spreadsheet, bool csv);
bool ranked_is_csv(enum RankedFormat format);

/* Appends a field of CSV; the format is one of the two with fields. */
void ranked_field(Text *out, enum RankedFormat format, const char *text);
/* Appends one line SUBJECT,NAME,SCORE per entry; name[s[i].at] is the name of entry i. */
void ranked_csv(Text *out, enum RankedFormat format, const char *subject, char *const *name,
                const Ranked *s, int64_t n);

/* The array [{KEY: NAME, "score": x}, ...]. */
json_t *ranked_json(const char *key, char *const *name, const Ranked *s, int64_t n);
/* Releases the object and appends it as an element of a JSON array, after "[" if it is the
 * first one, else after another element. */
void ranked_put(Text *out, bool first, json_t *object);

#endif
