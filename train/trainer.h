/* SPDX-License-Identifier: Apache-2.0 */
/* A training run: its inputs, its model, its state, and working memory. The loop is in
 * train/loop.h. */
#ifndef RAMPLUS_TRAIN_TRAINER_H
#define RAMPLUS_TRAIN_TRAINER_H

#include "train/checkpoint_bank.h"
#include "train/feed.h"
#include "train/run_inputs.h"
#include "train/run_model.h"
#include "train/run_state.h"

typedef struct Trainer {
    RunInputs inputs;
    RunModel model;
    RunState state;
    CheckpointBank bank; /* the labels, in the run's folder of checkpoints */
    Feed feed;
    Tape *tape;
    NanWatch *watch; /* of the tape; NULL without debug.nan */
    double *map;     /* [eval_sets] mAP at the last evaluation */
    int threads;     /* for computation */
} Trainer;

/* Opens everything and, when told to, resumes. Owned: trainer_close. */
int trainer_open(const Config *config, Trainer *out, Error *err);
void trainer_close(Trainer *t); /* accepts an empty one */

#endif
