/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a run: config.yaml, env.json, log.txt, metrics.jsonl, checkpoints/ with the
 * links latest and best, eval/. */
#ifndef RAMPLUS_TRAIN_RUN_FOLDER_H
#define RAMPLUS_TRAIN_RUN_FOLDER_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Makes the folders and writes config.yaml and env.json, in which arithmetic stands as it is,
 * not as it was asked for. ERROR_RUNTIME. */
int run_folder_create(const char *run, const char *config, int threads, bool bf16, Error *err);

/* The checkpoint to go on from: `latest`, or the newest step_*.h5 when the link is gone or
 * broken; NULL when there is none. Owned. */
char *run_folder_latest(const char *run);
char *run_folder_checkpoint(const char *run, int64_t step); /* its path; owned */

/* After checkpoint `step` is on disk: points best (when it is) and then latest at it, so that a
 * run cut between the two makes the step again. */
int run_folder_link(const char *run, int64_t step, int best, Error *err);
/* Removes all checkpoints (and no label bank) but the newest `keep` and those the links name;
 * later steps, of a run that was started anew, stay. What a killed save left behind goes too: a
 * run has one writer. */
void run_folder_prune(const char *run, int64_t keep);

/* Drops lines that a run going on will write again, and lines cut by a crash: in metrics.jsonl
 * those behind `step`, evaluations behind `eval_step`; in log.txt those of `epoch` and later
 * ones. */
int run_folder_cut(const char *run, int64_t step, int64_t eval_step, int64_t epoch, Error *err);

/* Appends one line to RUN/NAME. */
int run_folder_append(const char *run, const char *name, const char *line, Error *err);

#endif
