/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tags: the texts from which label embeddings are computed. */
#ifndef RAMPLUS_DATA_DESCRIPTIONS_H
#define RAMPLUS_DATA_DESCRIPTIONS_H

#include "data/tags.h"

/* The texts of every tag: text[offset[k]] ... text[offset[k+1]-1] describe tag k. */
typedef struct Descriptions {
    int64_t tags;
    int64_t *offset; /* [tags + 1] */
    char **text;     /* [offset[tags]] */
} Descriptions;

/* Reads the reference's JSON: an array of {tag: [texts]}. Every tag of the list must have an
 * entry with at least one text; entries for other tags are ignored with a warning.
 * ERROR_DATA with file, entry and tag. The caller owns *out (descriptions_free). */
int descriptions_read(const char *path, const TagList *tags, Descriptions *out, Error *err);
/* Reads only the tags of such a file, in its order; a tag that is described twice occurs
 * twice. The caller owns *out (tags_free). */
int descriptions_read_tags(const char *path, TagList *out, Error *err);
/* One text per tag: "a photo of a TAG." The caller owns it (descriptions_free). */
Descriptions descriptions_template(const TagList *tags);
void descriptions_free(Descriptions *d);

#endif
