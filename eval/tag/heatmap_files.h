/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps of a run of `ramplus tag`: a file for each image and tag. */
#ifndef RAMPLUS_EVAL_TAG_HEATMAP_FILES_H
#define RAMPLUS_EVAL_TAG_HEATMAP_FILES_H

#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/tag/tag_choice.h"

enum { HEATMAP_SIDE = 1024 }; /* a longer image is drawn smaller */

typedef struct HeatmapOptions {
    const char *folder; /* made if need be */
    int64_t most;       /* tags an image, the best of those chosen */
    int64_t tags;       /* named tags: these instead, whatever their scores */
    const char **tag;   /* [tags] */
} HeatmapOptions;

/* What can be known before images are scored: makes the folder; ERROR_USAGE for a named tag
 * that is not in the list, with the nearest one. */
int heatmap_files_prepare(const HeatmapOptions *o, const TagList *list, Error *err);

/* Writes FOLDER/IMAGE.TAG.png for every image that could be scored (ok [images], score [images,
 * K]): the image's name without folder and ending, the tag's letters, digits and hyphens with _
 * for all else; a name that is taken in this run goes on with -2, -3, ... After
 * heatmap_files_prepare. ERROR_DATA for an image that cannot be read any more. */
int heatmap_files_write(const HeatmapOptions *o, const Recognizer *r, const TagChoice *choice,
                        const ImagePaths *images, const float *score, const bool *ok,
                        Error *err);

#endif
