/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over the images of eval/measure/measure.h: their best tags, and the scores of all
 * positives. */
#ifndef RAMPLUS_EVAL_MEASURE_MEASURE_ROWS_H
#define RAMPLUS_EVAL_MEASURE_MEASURE_ROWS_H

#include "eval/measure/measure.h"

typedef struct MeasureRows {
    int64_t positives;
    double *score;                     /* [positives] their scores */
    int64_t *pair;                     /* [positives] image * tags + tag, ascending */
    int64_t *start;                    /* [images + 1] the first positive of each image */
    TopHits *top[MEASURE_DEFINITIONS]; /* [images] */
} MeasureRows;

/* ERROR_NUMERIC, naming the first score that is not a number. Owned: measure_rows_free. */
int measure_rows(const ScoreView *view, MeasureRows *out, Error *err);
void measure_rows_free(MeasureRows *r); /* accepts an empty one */

#endif
