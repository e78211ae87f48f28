/* SPDX-License-Identifier: Apache-2.0 */
/* How long a step of a run takes. */
#ifndef RAMPLUS_TRAIN_STEP_TIME_H
#define RAMPLUS_TRAIN_STEP_TIME_H

#include "train/trainer.h"

/* Takes up to three steps, which change the trainer but nothing on disk, and sets the mean
 * seconds of all but the first, which is slower; 0 if no step is left. Codes of
 * loop_gradients. */
int step_time(Trainer *t, double *seconds, Error *err);

#endif
