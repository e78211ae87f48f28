/* SPDX-License-Identifier: Apache-2.0 */
/* A run's checkpoints: which are written, kept and resumed from (their format is
 * train/checkpoint.h's). */
#ifndef RAMPLUS_TRAIN_SAVE_H
#define RAMPLUS_TRAIN_SAVE_H

#include "train/checkpoint_bank.h"
#include "train/run_model.h"
#include "train/run_state.h"

/* Writes the checkpoint of this step to the run folder, points the links latest and, for the
 * best model so far, best at it, and removes what save.keep leaves out. ERROR_RUNTIME. */
int save_write(const RunInputs *in, const RunModel *m, CheckpointBank *bank, RunState *s,
               bool best, Error *err);

/* Goes on from the checkpoint that run.resume asks for, if the folder has one, and removes from
 * the run's logs what will be logged again. ERROR_CHECKPOINT, ERROR_RUNTIME. */
int save_resume(const RunInputs *in, const RunModel *m, RunState *s, Error *err);

#endif
