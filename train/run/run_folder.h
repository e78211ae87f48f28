/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a run: config.yaml, env.json, log.txt, metrics.jsonl, eval/, and checkpoints/
 * with the links latest and best. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_FOLDER_H
#define RAMPLUS_TRAIN_RUN_RUN_FOLDER_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* ERROR_USAGE if `run` cannot be the name of a run folder: it is empty, or a shell should have
 * expanded it. */
int run_folder_check(const char *run, Error *err);

/* Creates the folders and writes config.yaml and env.json, which records the precision and
 * libraries actually in use. ERROR_RUNTIME. */
int run_folder_create(const char *run, const char *config, int threads, bool bf16, Error *err);

/* Call when the run continues from its checkpoint of this step: points latest at it, and
 * removes best if that is of a later step, which will be another one. ERROR_RUNTIME. */
int run_folder_continue(const char *run, int64_t step, Error *err);
/* Atomically points RUN/checkpoints/NAME (latest, best) at the checkpoint of this step, which
 * is on disk. ERROR_RUNTIME. */
int run_folder_link(const char *run, const char *name, int64_t step, Error *err);
/* Removes all checkpoints except the newest `keep` and those that the links name. Label banks
 * stay, and so do checkpoints of later steps: they belong to an earlier run in the same
 * folder. */
void run_folder_prune(const char *run, int64_t keep);

/* Removes the temporary files of processes that were killed while saving; those of living ones
 * stay. Call it when nothing is being saved. */
void run_folder_sweep(const char *run);

/* Removes log lines that the resumed run will write again, and lines that a crash cut off: in
 * metrics.jsonl those after `step`, evaluations after `eval_step`; in log.txt those of `epoch`
 * and later ones; in changes.jsonl those of `step` and later ones. ERROR_RUNTIME. */
int run_folder_truncate_logs(const char *run, int64_t step, int64_t eval_step, int64_t epoch,
                             Error *err);

#endif
