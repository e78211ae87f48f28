/* SPDX-License-Identifier: Apache-2.0 */
/* Brings the names of one list into the order of another. */
#ifndef RAMPLUS_EVAL_MEASURE_NAME_MATCH_H
#define RAMPLUS_EVAL_MEASURE_NAME_MATCH_H

#include "core/error.h"

#include <stdint.h>

typedef struct NameList {
    const char *path; /* of the file, for messages */
    int64_t count;
    char *const *name; /* [count] */
} NameList;

enum NameKind { NAMES_OF_IMAGES, NAMES_OF_TAGS };

/* at[i], for i in 0..want.count-1: where have holds name i of want; a name that occurs several
 * times matches its occurrences in order. Tags are compared as in tag lists (data/tags.h);
 * images as they are or, if that does not match all of them, without endings such as `.jpg`.
 * ERROR_DATA, with the first ones, if names are missing or others are there. */
int name_match(const NameList *have, const NameList *want, enum NameKind kind, int64_t *at,
               Error *err);

#endif
