/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps for `ramplus tag`: one file for each image and tag. */
#ifndef RAMPLUS_EVAL_TAG_HEATMAP_FILES_H
#define RAMPLUS_EVAL_TAG_HEATMAP_FILES_H

#include "core/hash_map.h"
#include "eval/recognizer.h"
#include "eval/tag/tag_choice.h"

enum { HEATMAP_SIDE = 1024 }; /* pixels; images with a longer side are scaled down */

typedef struct HeatmapOptions {
    const char *folder; /* created if missing */
    int64_t max_tags;   /* the highest-ranked tags chosen for an image, at most this many */
    int64_t tags;       /* if not 0: the tags named below instead, regardless of their scores */
    const char *const *tag; /* [tags] */
} HeatmapOptions;

/* The maps of one run. */
typedef struct HeatmapFiles {
    HeatmapOptions options;
    const Recognizer *recognizer; /* borrowed, as is the choice */
    const TagChoice *choice;
    HashMap names; /* used so far */
    Ranked *found; /* [K] scratch memory, as is tag */
    int64_t *tag;
    int64_t files;
} HeatmapFiles;

/* Checks the options, before any image is scored, and creates the folder; for at most `images`
 * images. ERROR_USAGE for a named tag that is not in the list; the message suggests the most
 * similar tag. Owned, also after a failure: heatmap_files_close. */
int heatmap_files_open(const HeatmapOptions *o, const Recognizer *r, const TagChoice *choice,
                       int64_t images, HeatmapFiles *out, Error *err);

/* Writes FOLDER/IMAGE.TAG.png for an image with these scores [K]. IMAGE is the file name
 * without folder and extension; in TAG every character but letters, digits and hyphens becomes
 * _. A name already used in this run gets the suffix -2, -3, ... ERROR_DATA if the image can no
 * longer be read. */
int heatmap_files_draw(HeatmapFiles *h, const char *path, const float *score, Error *err);

void heatmap_files_close(HeatmapFiles *h); /* accepts a zeroed one */

#endif
