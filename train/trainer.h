/* SPDX-License-Identifier: Apache-2.0 */
/* A training run: its inputs, model, state and working memory. The loop is train/loop.h. */
#ifndef RAMPLUS_TRAIN_TRAINER_H
#define RAMPLUS_TRAIN_TRAINER_H

#include "core/io/line_log.h"
#include "train/feed.h"
#include "train/memory_check.h"
#include "train/run/checkpoint_bank.h"
#include "train/run/run_inputs.h"
#include "train/run/run_lock.h"
#include "train/run/run_model.h"
#include "train/run/run_state.h"
#include "train/signs.h"

/* What became of the checkpoints and results of a run. */
typedef struct Saves {
    int64_t step; /* of the newest checkpoint, and its size in bytes; -1: none, an estimate */
    int64_t bytes;
    int failed;      /* saves in a row that failed */
    int64_t retry;   /* at which step to try again before the next save is due; 0: at none */
    int64_t gap;     /* steps from the last try to that one */
    bool low;        /* a warning has said that the disk is nearly full */
    bool best_waits; /* best.json is out of date */
    Error lost;      /* the first result that is not on disk and will not be; code 0: none */
} Saves;

typedef struct Trainer {
    RunLock lock; /* of the run folder */
    RunInputs inputs;
    RunModel model;
    RunState state;
    CheckpointBank bank; /* the labels, in a file of the run folder */
    Feed feed;
    Shards *shards;    /* of a batch */
    NanWatch *watch;   /* attached to the shards; NULL without debug.nan */
    Profile *profile;  /* attached to the shards, borrowed; NULL: nothing is measured */
    const char *trace; /* of the profile; NULL: none */
    MemoryEstimate memory;
    Saves saves;             /* train/save.h */
    LineLog metrics, epochs; /* metrics.jsonl, log.txt */
    Metrics *means;          /* [eval_sets] at the last evaluation */
    Signs signs;             /* that the run does not learn */
    ThreadLimit threads;     /* for computation */
} Trainer;

/* Locks the run folder, opens the inputs and the model, and resumes if run.resume and the
 * folder ask for it. Codes of run_inputs_open, run_model_open and train/resume.h. Owned:
 * trainer_close. */
int trainer_open(const Config *config, Trainer *out, Error *err);
/* The same with the lock of the run folder, which moves into the trainer. */
int trainer_open_locked(const Config *config, RunLock *lock, Trainer *out, Error *err);
/* The same without a run folder: nothing is locked, created or written. */
int trainer_try(const Config *config, Trainer *out, Error *err);
void trainer_close(Trainer *t); /* accepts an empty trainer */

/* Measures from here on, and gives the profile the time since its start. Borrowed; NULL:
 * nothing. */
void trainer_set_profile(Trainer *t, Profile *profile, const char *trace);

/* Logs the sizes of model and data, the threads, and whether there is a teacher. */
void trainer_log_start(const Trainer *t);

#endif
