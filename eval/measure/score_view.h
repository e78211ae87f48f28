/* SPDX-License-Identifier: Apache-2.0 */
/* The scores of a set in the order of its images, as they are or standardized. */
#ifndef RAMPLUS_EVAL_MEASURE_SCORE_VIEW_H
#define RAMPLUS_EVAL_MEASURE_SCORE_VIEW_H

#include "eval/measure/score_set.h"

/* (score - mean) / standard deviation, of all scores of an image, or of all scores of a tag; 0
 * where all are equal. */
enum Standardize { STANDARDIZE_NONE, STANDARDIZE_IMAGE, STANDARDIZE_TAG };

typedef struct ScoreView {
    const ScoreSet *set; /* borrowed */
    enum Standardize standardize;
    double *mean, *scale; /* [images], or [columns of the file]; NULL: as they are */
} ScoreView;

/* Reads everything once if the scores are standardized. Owned: score_view_free. */
int score_view_new(const ScoreSet *set, enum Standardize standardize, ScoreView *out,
                   Error *err);
void score_view_free(ScoreView *v); /* accepts an empty one */

/* All scores of an image, in the order of the tags: out [tags]; memory [tags] is written, too.
 * Any number of threads may read. */
int score_view_row(const ScoreView *v, int64_t image, double *out, double *memory, Error *err);
/* Columns first..first+n-1 of the file: out [n, images]. */
int score_view_columns(const ScoreView *v, int64_t first, int64_t n, double *out, Error *err);

enum { SCORE_VIEW_COLUMNS = 256 }; /* to read at once */

#endif
