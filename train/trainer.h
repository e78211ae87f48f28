/* SPDX-License-Identifier: Apache-2.0 */
/* A training run: its inputs, model, state and working memory. The loop is train/loop.h. */
#ifndef RAMPLUS_TRAIN_TRAINER_H
#define RAMPLUS_TRAIN_TRAINER_H

#include "train/feed.h"
#include "train/run/checkpoint_bank.h"
#include "train/run/run_inputs.h"
#include "train/run/run_lock.h"
#include "train/run/run_model.h"
#include "train/run/run_state.h"

typedef struct Trainer {
    RunLock lock; /* of the run folder */
    RunInputs inputs;
    RunModel model;
    RunState state;
    CheckpointBank bank; /* the labels, in a file of the run folder */
    Feed feed;
    Tape *tape;
    NanWatch *watch;     /* attached to the tape; NULL without debug.nan */
    int64_t saved;       /* step of the newest checkpoint; -1: none */
    Metrics *means;      /* [eval_sets] at the last evaluation */
    ThreadLimit threads; /* for computation */
} Trainer;

/* Locks the run folder, opens the inputs and the model, and resumes if run.resume and the folder ask for it. Codes of
 * run_inputs_open, run_model_open and train/resume.h. Owned: trainer_close. */
int trainer_open(const Config *config, Trainer *out, Error *err);
void trainer_close(Trainer *t); /* accepts an empty trainer */

/* Logs the sizes of model and data, the threads, and whether there is a teacher. */
void trainer_log_start(const Trainer *t);

#endif
