/* SPDX-License-Identifier: Apache-2.0 */
/* The position of a run. Every random stream is a function of these counters and the seed, so a
 * run that resumes from them continues bit for bit. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_STATE_H
#define RAMPLUS_TRAIN_RUN_RUN_STATE_H

#include "model/loss_balance.h"
#include "train/run/run_inputs.h"

enum { RUN_STATE_SUMS = 4 };

typedef struct RunState {
    int64_t step;    /* optimizer steps taken */
    int64_t batches; /* batches consumed; selects the random streams of dropout */
    int64_t epoch;   /* epoch of the next batch */
    int64_t next;    /* index of its first record in the order of the epoch: LoaderPosition */
    int64_t bad_in_row;  /* consecutive steps skipped because of non-finite numbers */
    int64_t bad;         /* all skipped steps */
    int64_t epoch_steps; /* number of steps in epoch_sum */
    double best;         /* highest mAP so far; -1: none */
    int64_t best_step;   /* its step */
    int64_t evaluated;   /* last step whose evaluation was completed; 0: none */
    /* sums of the losses in this epoch: total, tag, distill, align */
    double epoch_sum[RUN_STATE_SUMS];
    LossBalance balance; /* with loss.balance; otherwise without norms */
} RunState;

RunState run_state_start(void);

/* The learning rate of the next step. */
double run_state_rate(const RunState *s, const RunInputs *in);

/* Advances to the batch at `at`, or to the next epoch if less than one step is left of this
 * one. */
void run_state_advance(RunState *s, const RunInputs *in, LoaderPosition at);

/* How many steps are left; fewer will follow if images cannot be read. */
int64_t run_state_left(const RunState *s, const RunInputs *in);

/* Whether all epochs, or train.max_steps steps, are done. */
bool run_state_finished(const RunState *s, const RunInputs *in);

/* Whether this step has to be evaluated: at the end, every eval.every steps, and after every
 * eval.epochs epochs. */
bool run_state_evaluates(const RunState *s, const RunInputs *in);

#endif
