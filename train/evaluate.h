/* SPDX-License-Identifier: Apache-2.0 */
/* A run's evaluation of its model on every evaluation set. */
#ifndef RAMPLUS_TRAIN_EVALUATE_H
#define RAMPLUS_TRAIN_EVALUATE_H

#include "train/run_model.h"
#include "train/run_state.h"

/* Evaluates the moving average, or without one the parameters; files go to RUN/eval, the means
 * to the metrics, and each mAP to map [eval_sets]. s->best becomes that of the first set where
 * it is the highest so far. Resets the tape. */
int evaluate_run(const RunInputs *in, RunModel *m, RunState *s, Tape *tape, double *map,
                 Error *err);

#endif
