/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a finished ablation. */
#ifndef RAMPLUS_TRAIN_ABLATE_TABLE_H
#define RAMPLUS_TRAIN_ABLATE_TABLE_H

#include "core/io/text.h"
#include "eval/metrics.h"
#include "train/ablate_grid.h"

typedef struct AblateTable {
    const Grid *grid;
    int64_t seeds, first_seed, lists;
    char **list;      /* [cells, lists] names of the evaluation sets */
    Metrics *metrics; /* [cells, seeds, lists] */
} AblateTable;

/* A line per cell with mean and deviation (of the sample: n - 1) of the mAP on each list; with
 * one seed the mAP alone. Numbers of runs that diverged are NAN: `diverged` here, `nan` in
 * CSV, null in JSON. */
void ablate_table_text(const AblateTable *t, Text *out);
/* Header cell,seed,list,mAP,CP,CR,F1; a line per cell, seed and list, then the means over the
 * seeds, with `mean` instead of a seed, and with several seeds their `deviation`. */
void ablate_table_csv(const AblateTable *t, Text *out);
/* A list of {"cell", "list", "mean", "deviation" (of the mAP; null for one seed), "CP", "CR",
 * "F1" (means), "seeds", "runs": [{"seed", "mAP", "CP", "CR", "F1"}]}. */
void ablate_table_json(const AblateTable *t, Text *out);

#endif
