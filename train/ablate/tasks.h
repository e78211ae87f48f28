/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of an ablation: one for each cell of the grid, each learning rate and each seed. */
#ifndef RAMPLUS_TRAIN_ABLATE_TASKS_H
#define RAMPLUS_TRAIN_ABLATE_TASKS_H

#include "configs/config.h"
#include "train/ablate/cell.h"
#include "train/ablate/grid.h"

/* One run of one cell. */
typedef struct AblateTask {
    Config config;
    const Cell *cell;
    const char *rate; /* learning rate of --lr, as written; NULL: that of the configuration */
    char *identity;   /* train/ablate/identity.h */
    enum CellState state;
} AblateTask;

typedef struct AblateTasks {
    AblateTask *task; /* [cells, rates, seeds] */
    int64_t count, rates, seeds;
} AblateTasks;

typedef struct AblateWant {
    const Config *common; /* what the cells have in common; its folder is that of all cells */
    const Grid *grid;
    const OptionStrings *rates; /* learning rates of each cell; none: that of the cell */
    const char *validation;     /* a folder that is evaluated after data.eval, or NULL */
    int64_t seeds;
    double budget;           /* seconds of training of each run instead of steps; 0: none */
    bool dry_run;            /* leave the disk as it is */
    bool rerun;              /* train a cell again that was trained otherwise */
    char *const *assignment; /* key=value of the command line, which no grid may set, too */
    int64_t assignments;
} AblateWant;

/* Prepares all runs without training anything, so that a mistake in the last one does not show
 * after hours. ERROR_USAGE for settings that are wrong, that two sides set, or that differ from
 * those of a cell that was trained; ERROR_DATA. Owned, also after an error: ablate_tasks_free.
 * Cells and rates are borrowed. */
int ablate_tasks_open(const AblateWant *w, AblateTasks *out, Error *err);
void ablate_tasks_free(AblateTasks *t);

/* "asl+bce, lr 1e-3, seed 2". Owned. */
char *ablate_task_name(const AblateTask *t);

#endif
