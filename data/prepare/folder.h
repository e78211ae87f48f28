/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder being made: what `prepare` writes, and `train` and `eval` read.
 *
 *   train.json        triplets of the training images, paths relative to the folder
 *   train_tags.txt    the tags they use: the seen ones
 *   seen/, unseen/    tags.txt, groups.txt (a group name a tag, for a mAP per group),
 *                     descriptions.json, annotations.txt (`image,tag,tag...`)
 *   images/           the images
 *
 * Images go to disk at once, texts when all is known; train.json comes last, so that a folder that
 * has one is complete. */
#ifndef RAMPLUS_DATA_PREPARE_FOLDER_H
#define RAMPLUS_DATA_PREPARE_FOLDER_H

#include "core/file.h"
#include "core/text.h"
#include "data/image/image.h"

enum FolderSplit { FOLDER_SEEN, FOLDER_UNSEEN, FOLDER_SPLITS };

typedef struct DataFolder {
    char *root;
    Text train;                       /* train.json so far */
    Text annotations[FOLDER_SPLITS];  /* annotations.txt so far */
    Text tags[FOLDER_SPLITS];         /* tags.txt */
    Text groups[FOLDER_SPLITS];       /* groups.txt */
    Text descriptions[FOLDER_SPLITS]; /* descriptions.json so far */
} DataFolder;

typedef struct FolderCaption {
    const char *text;
    const int32_t *tag; /* [tags] seen tags that the caption names */
    int64_t tags;
} FolderCaption;

/* Makes the folders; takes away an old train.json. */
int folder_begin(const char *root, DataFolder *out, Error *err);
/* The next tag of a list, its group (for a mAP per group; NULL: none) and the texts that describe it. ERROR_DATA when the name
 * holds a comma or a line end. */
int folder_tag(DataFolder *f, enum FolderSplit split, const char *name, const char *group,
               const char *const *text, int64_t texts, Error *err);
/* A training image: image relative to the folder, positions in the seen list. */
void folder_training(DataFolder *f, const char *image, const int32_t *tag, int64_t tags,
                     const FolderCaption *caption, int64_t captions);
/* A test image and its tags, by name. */
void folder_test(DataFolder *f, enum FolderSplit split, const char *image,
                 const char *const *tag, int64_t tags);
/* Writes a PNG, image relative to the folder, whose own folder must exist. Any thread may call it. */
int folder_image(const DataFolder *f, const char *image, const Image *pixels, Error *err);
/* Not file_write: thousands of images must not wait for the disk one by one. */
int folder_write_plain(const char *path, const Bytes *bytes, Error *err);
int folder_make(const DataFolder *f, const char *below, Error *err); /* mkdir -p */
int folder_finish(DataFolder *f, Error *err);
void folder_free(DataFolder *f);

#endif
