/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of PNG files with words beside them: selects the images to keep. */
#ifndef RAMPLUS_DATA_FOLDER_TREE_SCAN_H
#define RAMPLUS_DATA_FOLDER_TREE_SCAN_H

#include "data/folder/folder.h"
#include "data/folder/labeled.h"

#include <stdbool.h>

enum TreeVerdict { TREE_KEPT, TREE_BAD_WORDS, TREE_NO_WORDS, TREE_BAD_PNG, TREE_DUPLICATE };

/* Finds captions and tags of the image PATH, relative to the tree, and adds them to *out.
 * Returns TREE_KEPT, TREE_BAD_WORDS or TREE_NO_WORDS; an image that is kept without tags counts
 * among the duplicates, but is not written. Must be thread-safe. *err: why the words are bad;
 * with another code than ERROR_DATA it ends the scan. */
typedef enum TreeVerdict TreeWords(const void *context, const char *path, LabeledImage *out,
                                   Error *err);

typedef struct TreeSource {
    const char *root;
    const char *what;                      /* "reading clip art": for the progress line */
    bool (*is_left_out)(const char *path); /* by its path alone; NULL: none is */
    TreeWords *words;
    const void *context; /* of words */
    int64_t size;        /* longest side of the images written, pixels */
} TreeSource;

/* Image counts; a dropped image counts only for the first rule that drops it. */
typedef struct TreeCounts {
    int64_t images; /* .png files in the tree */
    int64_t left_out;
    int64_t bad_words, no_words, bad_png, duplicates; /* dropped */
    int64_t kept;
    int64_t tagged; /* kept images with a tag */
} TreeCounts;

/* Walks the tree (folders sorted by bytes, the files of a folder before its subfolders), drops
 * and counts images, writes those that are kept into images/ of the folder and adds them to the
 * set. Dropped are, in this order: those that the source leaves out; images whose words are
 * bad, or that have none; files that do not decode or have more than 178,956,970 pixels; images
 * with the same size and the same pixels over white as an earlier one that passed. */
int tree_scan(const TreeSource *source, const DataFolder *folder, LabeledSet *set,
              TreeCounts *counts, Error *err);

#endif
