/* SPDX-License-Identifier: Apache-2.0 */
/* Other words for tags, from a file. */
#ifndef RAMPLUS_DATA_SYNONYMS_H
#define RAMPLUS_DATA_SYNONYMS_H

#include "core/strings/strings.h"
#include "data/tags.h"

typedef struct Synonym {
    int64_t tag;        /* the first position of its name */
    const char *phrase; /* as written, without white space at both ends */
} Synonym;

typedef struct Synonyms {
    Synonym *at; /* [count] in the order of the file */
    int64_t count, room;
    StringPool pool; /* private */
} Synonyms;

/* Reads lines `tag: phrase, phrase`; blank lines and lines that start with # are skipped, a tag
 * may have several lines. One warning counts the lines whose tag is not in the list; they are
 * left out. ERROR_DATA with file and line: no colon, no phrase, an empty phrase, not UTF-8. The
 * caller owns *out (synonyms_free). */
int synonyms_read(const char *path, const TagList *tags, Synonyms *out, Error *err);
void synonyms_free(Synonyms *s);

#endif
