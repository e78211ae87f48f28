/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of a list of tags on a set of images, with what is needed to measure them again: kept
 * on disk (scores.h5), so that thresholds can be tuned without running the model. */
#ifndef RAMPLUS_EVAL_SCORES_H
#define RAMPLUS_EVAL_SCORES_H

#include "core/error.h"
#include "eval/metrics.h"

#include <stdint.h>

typedef struct Scores {
    int64_t images, tags;
    char **image;     /* [images] names */
    char **tag;       /* [tags] names; one may stand more than once */
    float *score;     /* [images, tags] in [0, 1] */
    uint8_t *truth;   /* [images, tags] 1: the image has the tag */
    float *threshold; /* [tags] in [0, 1] */
    char *storage;    /* private: the names */
} Scores;

/* All scores and truths 0, all thresholds 0.5; to be filled by the caller. Names are copied;
 * control characters in them become '?'. Owned: scores_free. */
Scores *scores_new(const char *const *image, int64_t images, const char *const *tag,
                   int64_t tags);
void scores_free(Scores *s); /* accepts NULL */

/* The view that metrics take. */
MetricsInput scores_input(const Scores *s);

/* scores.h5: "scores" and "thresholds" (float32), "truth" (bytes), "images" and "tags" (names,
 * one a line). Reading checks shapes and ranges; damaged files are ERROR_CHECKPOINT, wrong ones
 * ERROR_DATA. */
int scores_write(const Scores *s, const char *path, Error *err);
int scores_read(const char *path, Scores **out, Error *err);

#endif
