/* Checkpoints: everything a run needs to go on bit for bit, in one file that appears whole or not at
 * all (names in model/weights/model_file.h), and the frozen labels in a second one that all checkpoints
 * of the folder share (train/checkpoint_bank.h). */
#ifndef RAMPLUS_TRAIN_CHECKPOINT_H
#define RAMPLUS_TRAIN_CHECKPOINT_H

#include "model/labels/labels.h"
#include "optim/adamw.h"
#include "optim/ema.h"

enum { CHECKPOINT_SUMS = 4 };

/* Counters and sums; every random stream is a function of them and the seed. */
typedef struct TrainState {
    int64_t step;    /* optimiser steps taken */
    int64_t batches; /* batches consumed: names the dropout streams */
    int64_t epoch;   /* position of the next batch */
    int64_t next;
    int64_t bad_in_row; /* steps skipped for non-finite numbers, in a row and in all */
    int64_t bad;
    int64_t epoch_steps; /* steps in epoch_sum */
    double best;         /* highest mAP so far, or -1 */
    double
        epoch_sum[CHECKPOINT_SUMS]; /* losses of the epoch so far: total, tag, distill, align */
} TrainState;

/* What is saved, all borrowed. ema may be NULL. */
typedef struct CheckpointParts {
    ParamSet *params;
    AdamW *adamw;
    Ema *ema;
    const Labels *labels;
    const char *config; /* resolved YAML */
    TrainState *state;
} CheckpointParts;

/* Writes the labels, unless they are there, and then the checkpoint. */
int checkpoint_write(const char *path, const CheckpointParts *parts,
                     Error *err); /* EXIT_RUNTIME */

/* Fills params, adamw, ema and state; the labels must equal the file's (labels_same). EXIT_CHECKPOINT for a damaged or
 * mismatched file, saying which part. */
int checkpoint_read(const char *path, const CheckpointParts *parts, Error *err);

#endif
