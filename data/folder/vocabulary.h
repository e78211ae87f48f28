/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of a data folder, and which of them are seen in training. */
#ifndef RAMPLUS_DATA_FOLDER_VOCABULARY_H
#define RAMPLUS_DATA_FOLDER_VOCABULARY_H

#include "data/folder/labeled.h"
#include "data/tags.h"

/* Tags sorted by bytes. Names are borrowed from the images. */
typedef struct Vocabulary {
    int64_t count;
    const char **name;
    bool *unseen;      /* [count] */
    int32_t *position; /* [count] position in its own list, seen or unseen */
    int64_t lists[2];  /* number of seen and of unseen tags */
} Vocabulary;

/* Collects the tags that at least min_images of the images have. Those in the list `seen` are
 * seen; if it is NULL, every fifth is unseen. The caller owns the result (vocabulary_free). */
Vocabulary vocabulary_new(const LabeledSet *set, int64_t min_images, const TagList *seen);
void vocabulary_free(Vocabulary *v);
/* Index of a name in the vocabulary, or -1. */
int64_t vocabulary_find(const Vocabulary *v, const char *name);

#endif
