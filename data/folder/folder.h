/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder under construction: `prepare` writes it, `train` and `eval` read it.
 *
 *   train.json        triplets of the training images, paths relative to the folder
 *   train_tags.txt    the tags they use: the seen tags
 *   seen/, unseen/    tags.txt, groups.txt (one group name per tag, for mAP per group),
 *                     descriptions.json, annotations.txt (`image,tag,tag...`)
 *   images/           the images
 *
 * Images are written immediately, text files at the end, and train.json last: a folder that
 * contains it is complete. */
#ifndef RAMPLUS_DATA_FOLDER_FOLDER_H
#define RAMPLUS_DATA_FOLDER_FOLDER_H

#include "core/io/file.h"
#include "core/io/text.h"
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
    const int32_t *tag; /* [tags] seen tags that the caption mentions */
    int64_t tags;
} FolderCaption;

/* Creates the folders and removes an existing train.json. The caller owns *out
 * (folder_free). */
int folder_begin(const char *root, DataFolder *out, Error *err);
/* Adds the next tag of a list with its group (for mAP per group; NULL: none) and the texts
 * that describe it. ERROR_DATA if the name cannot be a line of a tag list. */
int folder_tag(DataFolder *f, enum FolderSplit split, const char *name, const char *group,
               const char *const *text, int64_t texts, Error *err);
/* Adds a training image: its path relative to the folder, its tags as positions in the seen
 * list, and its captions. */
void folder_training(DataFolder *f, const char *image, const int32_t *tag, int64_t tags,
                     const FolderCaption *caption, int64_t captions);
/* Adds a test image and its tags, by name. */
void folder_test(DataFolder *f, enum FolderSplit split, const char *image,
                 const char *const *tag, int64_t tags);
/* Writes a PNG to `image`, a path relative to the folder whose directory must exist.
 * Thread-safe. */
int folder_image(const DataFolder *f, const char *image, const Image *pixels, Error *err);
/* Replaces a file as a whole like file_write, but without waiting for the disk: thousands of
 * images would wait one by one. */
int folder_write_plain(const char *path, const Bytes *bytes, Error *err);
/* Creates the subfolder `below`, with its parents. */
int folder_make(const DataFolder *f, const char *below, Error *err);
/* Writes the text files, train.json last. */
int folder_finish(DataFolder *f, Error *err);
void folder_free(DataFolder *f);

#endif
