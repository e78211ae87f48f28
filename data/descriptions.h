/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tags: the texts from which label embeddings are computed. */
#ifndef RAMPLUS_DATA_DESCRIPTIONS_H
#define RAMPLUS_DATA_DESCRIPTIONS_H

#include "data/tags.h"

#include <stddef.h>

/* The texts of every tag: text[offset[k]] ... text[offset[k+1]-1] describe tag k. */
typedef struct Descriptions {
    int64_t tags;
    int64_t *offset; /* [tags + 1] */
    char **text;     /* [offset[tags]] */
    bool ensemble; /* the vectors of a tag's texts are averaged to one (label_bank_ensemble) */
} Descriptions;

enum { RNG_DESCRIPTIONS = 24 }; /* core/rng.h: which ones descriptions_keep chooses */

/* Reads the reference's JSON: an array of {tag: [texts]}. Every tag of the list must have an
 * entry with at least one text; entries for other tags are ignored with a warning.
 * ERROR_DATA with file, entry and tag. The caller owns *out (descriptions_free). */
int descriptions_read(const char *path, const TagList *tags, Descriptions *out, Error *err);
/* Reads only the tags of such a file, in its order; a tag that is described twice occurs
 * twice. The caller owns *out (tags_free). */
int descriptions_read_tags(const char *path, TagList *out, Error *err);
/* Room for `texts` pointers, all offsets 0, followed in the same block by `bytes` of text, from
 * (char *)(text + texts) on. The caller owns it (descriptions_free). */
Descriptions descriptions_new(int64_t tags, int64_t texts, size_t bytes);
/* Keeps at most `most` texts of each tag, in their order: the first ones, or, if the seed is
 * not 0, a random choice that depends on the seed and the tag's name alone. most 0: all. */
void descriptions_keep(Descriptions *d, const TagList *tags, int64_t most, uint64_t seed);
void descriptions_free(Descriptions *d);

#endif
