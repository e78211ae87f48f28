/* SPDX-License-Identifier: Apache-2.0 */
/* Which tags of the clip-art collection are used, and how they are spelt. */
#ifndef RAMPLUS_DATA_PREPARE_CLIPART_TAGS_H
#define RAMPLUS_DATA_PREPARE_CLIPART_TAGS_H

#include "core/text.h"
#include "data/prepare/clipart_svg.h"

#include <stdbool.h>

/* Lower case, `_` as a space, repeats dropped, tags that say nothing about the image dropped; in place.
 * None are left of an image that a program generated (tag `magick`). */
void clipart_tags_clean(ClipartInfo *info);

/* `title`, `title, description`, or `a drawing of tag, tag` of cleaned tags. */
void clipart_caption(const ClipartInfo *info, Text *out);

/* Tags of the vocabulary, sorted by bytes; names are borrowed from the images. */
typedef struct ClipartVocabulary {
    int64_t count;
    const char **name;
    int32_t *position; /* in its list, seen or unseen */
    int64_t lists[2];  /* seen, unseen tags */
} ClipartVocabulary;

/* Every fifth tag of the vocabulary is unseen. */
bool clipart_is_unseen(int64_t index);

/* Tags that stand on at least `least` of the images. Owned by the caller. */
ClipartVocabulary clipart_vocabulary(const ClipartInfo *image, int64_t images, int64_t least);
void clipart_vocabulary_free(ClipartVocabulary *v);
/* Index of a name, or -1. */
int64_t clipart_vocabulary_find(const ClipartVocabulary *v, const char *name);

#endif
