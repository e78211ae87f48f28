/* SPDX-License-Identifier: Apache-2.0 */
/* Training the runs of an ablation. Several processes may work on one ablation at the same
 * time, on one machine or through a shared file system: each run folder has a lock, a run that
 * another process trains is left to it, and its results are read when it is finished. */
#ifndef RAMPLUS_TRAIN_ABLATE_WORK_H
#define RAMPLUS_TRAIN_ABLATE_WORK_H

#include "train/ablate/tasks.h"

typedef struct AblateShare {
    int64_t part, parts; /* runs part, part + parts, ... alone, counted from 0; parts 1: all */
} AblateShare;

/* What became of a run: its results, why it failed, or neither while it is not finished. */
typedef struct AblateOutcome {
    CellResults results; /* list is NULL unless the run is finished */
    char *failure;       /* NULL: none */
    int code;            /* of the failure: an exit code; 0 if another process met it */
} AblateOutcome;

typedef struct AblateWork {
    AblateOutcome *outcome; /* [tasks] */
    int64_t count, lists;   /* lists: evaluation sets of each run */
    int64_t failed, open;   /* runs that failed, runs that are not finished */
    int code;               /* of the first failure of this process; 0: none */
} AblateWork;

/* Trains the runs of the share that are not finished and reads the others. A run that fails is
 * a warning, and the others go on. With a share of several, other runs are not waited for. A
 * signal ends the program as in a run of `train`. Owned: ablate_work_free. */
void ablate_work(AblateTasks *tasks, AblateShare share, int64_t lists, AblateWork *out);
/* Counts run i, which is finished, as failed after all, with a warning. */
void ablate_work_fail(AblateWork *w, const AblateTasks *tasks, int64_t i, const Error *why);
void ablate_work_free(AblateWork *w);

#endif
