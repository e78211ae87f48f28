/* SPDX-License-Identifier: Apache-2.0 */
/* Going on from a checkpoint: first everything is read and checked, then the folder of the run
 * is prepared for the next step. */
#ifndef RAMPLUS_TRAIN_RESUME_H
#define RAMPLUS_TRAIN_RESUME_H

#include "train/run/run_model.h"
#include "train/run/run_state.h"

#include <jansson.h>

typedef struct Resume {
    char *path;      /* of the checkpoint; NULL: the run starts at step 0 */
    H5File *file;    /* until it is read */
    bool own;        /* the run continues itself: set by resume_begin */
    json_t *changes; /* of the settings since then; NULL: no checkpoint */
} Resume;

/* Finds and opens the checkpoint that run.resume selects, if there is one. ERROR_CHECKPOINT for
 * a damaged one, with the newest whole one. Owned: resume_free, also after an error. */
int resume_open(const RunOptions *o, Resume *out, Error *err);
/* Reads it, if there is one, into m and s, and closes it. Writes nothing. ERROR_CHECKPOINT for
 * a mismatching checkpoint, and for changed settings that run_changes_find refuses. */
int resume_read(Resume *r, const RunInputs *in, const RunModel *m, RunState *s, Error *err);

/* Prepares the run folder: moves aside a run that does not continue, writes config.yaml,
 * env.json and changes.jsonl if a step follows, truncates the logs after the step of the
 * checkpoint, and completes s from best.json. ERROR_RUNTIME. */
int resume_begin(Resume *r, const RunInputs *in, RunState *s, int threads, Error *err);

void resume_free(Resume *r); /* accepts an empty one */

#endif
