/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a cell in the folder of its run: its identity (train/ablate_identity.h) from
 * the start on, and its results when it is finished. */
#ifndef RAMPLUS_TRAIN_ABLATE_CELL_H
#define RAMPLUS_TRAIN_ABLATE_CELL_H

#include "core/error.h"
#include "eval/metrics.h"

enum CellState {
    CELL_NEW,      /* nothing is there, or a run that was stopped can go on */
    CELL_FINISHED, /* with this identity */
    CELL_OTHER,    /* something with another identity, or of a version that recorded none */
};

/* The state of a cell; *difference, owned, is set for CELL_OTHER. ERROR_RUNTIME if the machine
 * cannot tell. */
int cell_state(const char *run, const char *identity, enum CellState *out, char **difference,
               Error *err);

/* Records the identity when the run starts, and the results, in the order of data.eval.
 * ERROR_RUNTIME. cell_results_read: ERROR_DATA. */
int cell_start(const char *run, const char *identity, Error *err);
int cell_results_write(const char *run, const Metrics *m, int64_t lists, Error *err);
int cell_results_read(const char *run, Metrics *m, int64_t lists, Error *err);
/* Removes the records of a cell that is to be trained again. */
void cell_forget(const char *run);

#endif
