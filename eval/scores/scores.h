/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of a tag list on a set of images, with the ground truth and the thresholds. They are
 * stored (scores.h5) so that metrics can be computed and thresholds tuned without running the
 * model again. */
#ifndef RAMPLUS_EVAL_SCORES_SCORES_H
#define RAMPLUS_EVAL_SCORES_SCORES_H

#include "core/error.h"
#include "core/hash.h"
#include "data/truth.h"
#include "eval/metrics/metrics.h"

#include <stdint.h>

typedef struct Scores {
    int64_t images, tags;
    char **image;             /* [images] names */
    char **tag;               /* names may repeat */
    float *score;             /* [images, tags] in [0, 1] */
    uint8_t *truth;           /* [images, tags] enum Truth */
    bool softmax;             /* scores of an image are shares of 1; otherwise sigmoids */
    bool cosine;              /* neither: (1 + cosine) / 2 of unit vectors */
    float *threshold;         /* [tags] in [0, 1] */
    char benchmark[HASH_HEX]; /* hash of the evaluation set (data/benchmark.h); "" unknown */
    char *storage;            /* private: memory of the names */
} Scores;

/* All scores and truths are 0 and all thresholds 0.5 until the caller sets them. Names are
 * copied; control characters in them become '?'. Owned: scores_free. */
Scores *scores_new(const char *const *image, int64_t images, const char *const *tag,
                   int64_t tags);
/* A copy of the images with keep [images]. Owned: scores_free. */
Scores *scores_select(const Scores *s, const bool *keep);
void scores_free(Scores *s); /* accepts NULL */

/* "sigmoid", "softmax" or "cosine": how the logits became scores. */
const char *scores_function(const Scores *s);

/* The same arrays as input of eval/metrics/metrics.h; borrowed. */
MetricsInput scores_input(const Scores *s);

/* scores.h5: "scores" and "thresholds" (float32), "truth" (bytes; programs before unknown
 * labels refuse a file that has some), "images" and "tags" (names, one per line),
 * "score_function" (scores_function; earlier files lack it: sigmoid) and "benchmark" (hash of
 * the evaluation set, which earlier files lack). Reading checks shapes and ranges.
 * ERROR_CHECKPOINT for a damaged file, ERROR_DATA for one with wrong contents. */
int scores_write(const Scores *s, const char *path, Error *err);
int scores_read(const char *path, Scores **out, Error *err);

#endif
