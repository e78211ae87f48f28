/* SPDX-License-Identifier: Apache-2.0 */
/* Making room for a new run in the folder of an old one. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_ASIDE_H
#define RAMPLUS_TRAIN_RUN_RUN_ASIDE_H

#include "core/error.h"

/* Moves checkpoints, logs, evaluations and configuration of an earlier run to RUN/old_1 (or
 * old_2, ...), which is a run folder of its own, and logs that. Does nothing in a folder
 * without checkpoints. ERROR_RUNTIME. */
int run_aside(const char *run, Error *err);

#endif
