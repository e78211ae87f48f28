/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of a run's model on all of its evaluation sets. */
#ifndef RAMPLUS_TRAIN_EVALUATE_H
#define RAMPLUS_TRAIN_EVALUATE_H

#include "train/run/run_model.h"
#include "train/run/run_state.h"

/* Evaluates the moving average of the parameters, or the parameters themselves without
 * optim.ema. Writes files to RUN/eval, the means to the metrics, and those of each set to mean
 * [eval_sets]. Updates s->best if the mAP of the first set is the highest so far. Resets the
 * tape. Codes of eval_set_run. */
int evaluate_run(const RunInputs *in, RunModel *m, RunState *s, Tape *tape, Metrics *mean,
                 Error *err);

#endif
