/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoints of a run: when to write and keep them. Their format is described
 * in train/run/checkpoint.h. */
#ifndef RAMPLUS_TRAIN_SAVE_H
#define RAMPLUS_TRAIN_SAVE_H

#include "train/run/checkpoint_bank.h"
#include "train/run/run_model.h"
#include "train/run/run_state.h"

/* Writes the checkpoint of this step, points the link latest and, if it is the best model so
 * far, best at it, and removes checkpoints beyond save.keep. ERROR_RUNTIME. */
int save_write(const RunInputs *in, const RunModel *m, CheckpointBank *bank, RunState *s,
               bool best, Error *err);

#endif
