/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tags. */
#ifndef RAMPLUS_DATA_DESCRIPTIONS_H
#define RAMPLUS_DATA_DESCRIPTIONS_H

#include "data/tags.h"

/* Texts of every tag: text[offset[k]] ... text[offset[k+1]-1] describe tag k. */
typedef struct Descriptions {
    int64_t tags;
    int64_t *offset; /* [tags + 1] */
    char **text;     /* [offset[tags]] */
} Descriptions;

/* The reference's JSON: an array of {tag: [texts]}. Every tag of the list must be there with at least
 * one text; others are ignored with a warning. ERROR_DATA names file, entry and tag. */
int descriptions_read(const char *path, const TagList *tags, Descriptions *out, Error *err);
/* The tags that such a file describes, in its order; one that is described twice stands there twice. */
int descriptions_read_tags(const char *path, TagList *out, Error *err);
/* One text a tag: "a photo of a TAG." */
Descriptions descriptions_template(const TagList *tags);
void descriptions_free(Descriptions *d);

#endif
