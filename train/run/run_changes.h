/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with other settings. Other data, tags, text encoder or losses would make another
 * model of a run that claims to be one: they are refused unless resume.allow names them. Other
 * rates, batches or augmentation are logged. All changes are kept in RUN/changes.jsonl, one
 * line {"step", "epoch", "key", "old", "new"} each. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_CHANGES_H
#define RAMPLUS_TRAIN_RUN_RUN_CHANGES_H

#include "core/hdf5/h5_file.h"
#include "train/run/run_state.h"

#include <jansson.h>

/* Compares the settings with those of an open checkpoint. *out is an array of the changes,
 * {"key", "old", "new"}, also of none. ERROR_CHECKPOINT names the changes that are refused.
 * Owned: json_decref. */
int run_changes_find(H5File *f, const char *path, const RunInputs *in, json_t **out,
                     Error *err);

/* Whether an option changes no result: threads, logs, where files are kept. */
bool run_changes_neutral(const char *key);

/* Whether resume.allow names an option that determines the labels. */
bool run_changes_allow_labels(const Config *c);

/* Whether a change is one of evaluation (eval.*), so that earlier scores do not compare. */
bool run_changes_of_eval(const json_t *changes);

/* Passes on why a checkpoint could not be read, together with the changes of the model's sizes.
 * Returns -1. */
int run_changes_explain(const json_t *changes, const Error *why, Error *err);

/* Logs the changes. */
void run_changes_log(const json_t *changes, int64_t step);
/* Appends them to RUN/changes.jsonl. ERROR_RUNTIME. */
int run_changes_append(const json_t *changes, const char *run, const RunState *s, Error *err);

#endif
