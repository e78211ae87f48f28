/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a cell in the folder of its run: its identity (train/ablate/identity.h) from
 * the start on, its results when it is finished, and why it failed. */
#ifndef RAMPLUS_TRAIN_ABLATE_CELL_H
#define RAMPLUS_TRAIN_ABLATE_CELL_H

#include "core/error.h"
#include "eval/metrics/metrics.h"

enum CellState {
    CELL_NEW,      /* nothing is there, or a run that was stopped can go on */
    CELL_FINISHED, /* with this identity */
    CELL_OTHER,    /* something with another identity, or of a version that recorded none */
};

/* What a run came to. */
typedef struct CellResults {
    Metrics *list;     /* [lists] at the last step, in the order of data.eval; owned */
    int64_t step;      /* the last step; 0: an earlier version did not record it */
    int64_t best_step; /* the step with the highest mAP on the first list */
} CellResults;

/* The state of a cell; *difference, owned, is set for CELL_OTHER. ERROR_RUNTIME if the machine
 * cannot tell. */
int cell_state(const char *run, const char *identity, enum CellState *out, char **difference,
               Error *err);

/* Records the identity when the run starts, and forgets why it failed before; records the
 * results. ERROR_RUNTIME.
 * cell_results_read: ERROR_DATA. Fills r->list. */
int cell_start(const char *run, const char *identity, Error *err);
int cell_results_write(const char *run, const CellResults *r, int64_t lists, Error *err);
int cell_results_read(const char *run, CellResults *r, int64_t lists, Error *err);

/* Records why the run failed, for other processes that wait for it; an error is only logged. */
void cell_fail(const char *run, const char *why);
/* That record; NULL: none. Owned. */
char *cell_failure(const char *run);

/* Removes the records of a cell that is to be trained again. */
void cell_forget(const char *run);

#endif
