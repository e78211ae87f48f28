/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that holds a run. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_SPACE_H
#define RAMPLUS_TRAIN_RUN_RUN_SPACE_H

#include "train/run/run_model.h"

/* Warns if a checkpoint of this model does not fit on the disk of the run folder. */
void run_space_warn(const char *run, const RunModel *m);

/* Passes on the error of a failed save; where the disk is full, it says how much has to be freed.
 * Returns -1. */
int run_space_explain(const char *run, const RunModel *m, const Error *why, Error *err);

#endif
