/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoints of a run: when to write and keep them. Their format is described in
 * train/run/checkpoint.h. */
#ifndef RAMPLUS_TRAIN_SAVE_H
#define RAMPLUS_TRAIN_SAVE_H

#include "train/trainer.h"

/* Writes the checkpoint of this step unless that is done, points the link latest at it, and
 * removes checkpoints beyond save.keep. ERROR_RUNTIME. */
int save_step(Trainer *t, Error *err);

/* The same, and points the link best at it. ERROR_RUNTIME. */
int save_best(Trainer *t, Error *err);

#endif
