/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps for `ramplus tag`: one file for each image and tag. */
#ifndef RAMPLUS_EVAL_TAG_HEATMAP_FILES_H
#define RAMPLUS_EVAL_TAG_HEATMAP_FILES_H

#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/tag/tag_choice.h"

enum { HEATMAP_SIDE = 1024 }; /* pixels; images with a longer side are scaled down */

typedef struct HeatmapOptions {
    const char *folder; /* created if missing */
    int64_t max_tags;   /* the highest-ranked tags chosen for an image, at most this many */
    int64_t tags;       /* if not 0: the tags named below instead, regardless of their scores */
    const char *const *tag; /* [tags] */
} HeatmapOptions;

/* Checks the options before any image is scored and creates the folder. ERROR_USAGE for a named
 * tag that is not in the list; the message suggests the most similar tag. */
int heatmap_files_prepare(const HeatmapOptions *o, const TagList *list, Error *err);

/* Writes FOLDER/IMAGE.TAG.png for every image that was scored (ok [images], score [images, K]).
 * IMAGE is the file name without folder and extension; in TAG every character but letters,
 * digits and hyphens becomes _. A name already used in this run gets the suffix -2, -3, ...
 * Call heatmap_files_prepare first. ERROR_DATA for an image that can no longer be read. */
int heatmap_files_write(const HeatmapOptions *o, const Recognizer *r, const TagChoice *choice,
                        const ImagePaths *images, const float *score, const bool *ok,
                        Error *err);

#endif
