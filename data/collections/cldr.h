/* SPDX-License-Identifier: Apache-2.0 */
/* Names and keywords of characters, from annotations of Unicode's CLDR (UTS #35, part 2). */
#ifndef RAMPLUS_DATA_COLLECTIONS_CLDR_H
#define RAMPLUS_DATA_COLLECTIONS_CLDR_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* One element of a file: the short name of a character (type "tts"), or its keywords, separated
 * by `|`. */
typedef struct CldrNote {
    int32_t rune;
    bool is_name;
    int64_t order; /* in which it was read */
    char *text;    /* owned, with white space collapsed, not empty, printable */
} CldrNote;

typedef struct CldrNotes {
    int64_t count, room;
    CldrNote *note;
    int64_t sequences; /* names of several code points, which are not kept */
} CldrNotes;

/* Adds the annotations of a file to *notes, which starts zeroed. Call xml_start once before.
 * ERROR_DATA if it is missing, is not well-formed XML or holds no annotations. */
int cldr_read(const char *path, CldrNotes *notes, Error *err);
/* Sorts by code point, then in the order of reading. */
void cldr_sort(CldrNotes *notes);
void cldr_free(CldrNotes *notes);

#endif
