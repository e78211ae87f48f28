/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run is. Every random stream is a function of these counters and the seed, so a run
 * that resumes with them goes on bit for bit. */
#ifndef RAMPLUS_TRAIN_RUN_STATE_H
#define RAMPLUS_TRAIN_RUN_STATE_H

#include "train/run_inputs.h"

enum { RUN_STATE_SUMS = 4 };

typedef struct RunState {
    int64_t step;        /* optimizer steps taken */
    int64_t batches;     /* batches consumed: names the dropout streams */
    int64_t epoch;       /* position of the next batch */
    int64_t next;        /* record of the epoch's order, see LoaderPosition */
    int64_t bad_in_row;  /* steps skipped for non-finite numbers, in a row */
    int64_t bad;         /* and in all */
    int64_t epoch_steps; /* steps in epoch_sum */
    double best;         /* highest mAP so far, or -1 */
    double
        epoch_sum[RUN_STATE_SUMS]; /* losses of the epoch so far: total, tag, distill, align */
} RunState;

RunState run_state_start(void);

/* The learning rate of the next step. */
double run_state_rate(const RunState *s, const RunInputs *in);

/* The next step starts at the batch `at`, or in the next epoch when less than a step is left of
 * this one. */
void run_state_move(RunState *s, const RunInputs *in, LoaderPosition at);

/* All epochs, or train.max_steps, are done. */
bool run_state_finished(const RunState *s, const RunInputs *in);

#endif
