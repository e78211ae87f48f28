/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of images with their words beside them, or in the names of their folders. */
#ifndef RAMPLUS_DATA_FOLDER_FOLDER_TREE_H
#define RAMPLUS_DATA_FOLDER_FOLDER_TREE_H

#include "data/folder/own_set.h"

enum FolderForm {
    FOLDER_FORM_AUTO,    /* the first of these three that fits */
    FOLDER_FORM_SIDECAR, /* a text file beside each image */
    FOLDER_FORM_REPEATS, /* N_NAME/: the tag is NAME; N is not used */
    FOLDER_FORM_CLASS,   /* NAME/: the tag is NAME */
};
enum FolderNested { FOLDER_NESTED_FIRST, FOLDER_NESTED_LAST, FOLDER_NESTED_EACH };

typedef struct FolderTreeConfig {
    OwnRules rules;   /* images: the root of the tree */
    int form;         /* enum FolderForm */
    int sidecar;      /* enum SidecarKind: what .txt holds */
    int nested;       /* enum FolderNested: which folders above an image are its tags */
    bool underscores; /* of tags become blanks (sidecar_unscore) */
    bool no_splits;   /* train/, val/, test/ are folders as others */
} FolderTreeConfig;

typedef struct FolderTreeCounts {
    int64_t images, texts;     /* files in the tree */
    int64_t blank;             /* texts without a tag: these images have none */
    int64_t unused;            /* texts beside no image */
    int64_t others;            /* other files */
    int64_t deeper;            /* images with folders that are no tags */
    int64_t tags, underscored; /* tags read, those with underscores, ... */
    int64_t wordy;             /* ... those of more than six words */
    int64_t bad;               /* lines of bad.txt */
    OwnCounts own;
} FolderTreeCounts;

/* Writes the data folder of own_set_write. What form the tree has, and whether its first
 * folders are splits, is logged: they are if all images lie in such folders; `train` alone is
 * divided like a tree without them. Images without words, files that are no images, texts that
 * are not UTF-8 and the like are listed in bad.txt and left out. ERROR_DATA if there are no
 * images, or none is left; ERROR_RUNTIME. */
int folder_tree_prepare(const char *out, const FolderTreeConfig *config,
                        FolderTreeCounts *counts, Error *err);

#endif
