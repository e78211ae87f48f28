/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of a run's model on all of its evaluation sets. */
#ifndef RAMPLUS_TRAIN_EVALUATE_H
#define RAMPLUS_TRAIN_EVALUATE_H

#include "train/trainer.h"

/* Evaluates the moving average of the parameters, or the parameters themselves without
 * optim.ema. Writes files to RUN/eval, the means to the metrics, and the mAP of each set to
 * t->means. If that of the first set is the highest so far, points `best` at the checkpoint of
 * this step, which is written if it is missing. If a signal asks to stop, the step remains
 * without evaluation (t->state.evaluated). Codes of eval_set_run. */
int evaluate_step(Trainer *t, Error *err);

#endif
