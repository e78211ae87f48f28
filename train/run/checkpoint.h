/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: everything a run needs to continue bit for bit, in one file that is written
 * completely or not at all (its entries are listed in model/weights/model_file.h). The frozen
 * labels are in a second file that all checkpoints of the folder share
 * (train/run/checkpoint_bank.h). */
#ifndef RAMPLUS_TRAIN_RUN_CHECKPOINT_H
#define RAMPLUS_TRAIN_RUN_CHECKPOINT_H

#include "optim/adamw.h"
#include "optim/ema.h"
#include "train/run/checkpoint_bank.h"
#include "train/run/run_state.h"

/* The parts of a checkpoint, all borrowed. ema may be NULL. */
typedef struct CheckpointParts {
    ParamSet *params;
    AdamW *adamw;
    Ema *ema;
    const Labels *labels;
    const char *config; /* YAML of the complete configuration */
    const char *inputs; /* run_identity */
    bool other_labels;  /* in reading: the labels may differ from those of the file */
    RunState *state;
} CheckpointParts;

/* Writes the bank if checkpoint_bank_write finds that necessary, then the checkpoint, which
 * names it. ERROR_RUNTIME. */
int checkpoint_write(const char *path, const CheckpointParts *parts, CheckpointBank *bank,
                     Error *err);

/* Fills params, adamw, ema and state from an open file; its labels must equal parts->labels
 * (labels_same). A file without a moving average starts it at the parameters. ERROR_CHECKPOINT
 * for a damaged or mismatching file; the message names the part. */
int checkpoint_read(H5File *f, const char *path, const CheckpointParts *parts, Error *err);

#endif
