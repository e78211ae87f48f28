/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables say of a finished run: its results, or those on the part of the images that
 * chose nothing. */
#ifndef RAMPLUS_TRAIN_ABLATE_MEASURE_H
#define RAMPLUS_TRAIN_ABLATE_MEASURE_H

#include "eval/scores/scores.h"
#include "train/ablate/tasks.h"

/* Where the validation images come from. Neither: there are none. */
typedef struct Validation {
    double share;       /* this share of the images of each list, chosen by their names */
    const char *folder; /* an evaluation folder of its own, after those of data.eval; NULL */
} Validation;

typedef struct RunMeasure {
    Metrics *list;     /* [lists] of the images that are reported; owned, NULL: none */
    double validation; /* mAP of the validation images: of the folder, or of the first list */
    double seconds;    /* from the log of the run, evaluations included; NAN: unknown */
} RunMeasure;

/* lists: those reported; list: their names. ERROR_DATA for scores that cannot be read. Owned:
 * run_measure_free. */
int run_measure(const AblateTask *t, const CellResults *r, const Validation *v, int64_t lists,
                char *const *list, RunMeasure *out, Error *err);
void run_measure_free(RunMeasure *m); /* frees and empties */

/* The scores of the images that are reported, at this step. Owned: scores_free. */
int run_scores(const AblateTask *t, int64_t step, const char *list, const Validation *v,
               Scores **out, Error *err);

#endif
