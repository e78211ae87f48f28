/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: everything a run needs to go on bit for bit, in one file that appears whole or
 * not at all (names in model/weights/model_file.h), and the frozen labels in a second one that
 * all checkpoints of the folder share (train/checkpoint_bank.h). */
#ifndef RAMPLUS_TRAIN_CHECKPOINT_H
#define RAMPLUS_TRAIN_CHECKPOINT_H

#include "optim/adamw.h"
#include "optim/ema.h"
#include "train/checkpoint_bank.h"
#include "train/run_state.h"

/* What is saved, all borrowed. ema may be NULL. */
typedef struct CheckpointParts {
    ParamSet *params;
    AdamW *adamw;
    Ema *ema;
    const Labels *labels;
    const char *config; /* resolved YAML */
    RunState *state;
} CheckpointParts;

/* Writes the bank where checkpoint_bank_write finds that necessary, then the checkpoint, which
 * must be in the bank's folder. ERROR_RUNTIME. */
int checkpoint_write(const char *path, const CheckpointParts *parts, CheckpointBank *bank,
                     Error *err);

/* Fills params, adamw, ema and state; the labels must equal the file's (labels_same).
 * ERROR_CHECKPOINT for a damaged or mismatched file, saying which part. */
int checkpoint_read(const char *path, const CheckpointParts *parts, Error *err);

#endif
