/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of an ablation, from which all its tables are printed. */
#ifndef RAMPLUS_TRAIN_ABLATE_TABLE_H
#define RAMPLUS_TRAIN_ABLATE_TABLE_H

#include "core/io/text.h"
#include "train/ablate/measure.h"
#include "train/ablate/statistics.h"
#include "train/ablate/work.h"

/* The runs of a cell with one of its learning rates. */
typedef struct AblateRate {
    const char *text; /* as written; NULL: the ablation has no --lr */
    Spread validation;
} AblateRate;

/* One run of a cell at the learning rate that is reported. */
typedef struct AblateRun {
    const AblateTask *task;
    const AblateOutcome *outcome;
    RunMeasure measure; /* list is NULL for a run that failed or is not finished */
} AblateRun;

enum AblateNumber { ABLATE_MAP, ABLATE_CP, ABLATE_CR, ABLATE_F1, ABLATE_NUMBERS };

/* A cell on one list. */
typedef struct AblateEntry {
    Spread number[ABLATE_NUMBERS]; /* NAN if a run has no results */
    double difference;             /* of mAP to the cell `against`, mean over seeds */
    Interval seeds;                /* its 95% interval, over seeds */
    Interval images;               /* the same over images, with these seeds; NAN: not made */
    double rank;                   /* by mAP among all cells, mean over seeds */
} AblateEntry;

typedef struct AblateTable {
    const Grid *grid;
    int64_t seeds, lists, rates;
    char **list;        /* [cells, lists] names of the evaluation sets */
    AblateRate *rate;   /* [cells, rates] */
    int64_t *chosen;    /* [cells] the learning rate with the highest validation mAP */
    AblateRun *run;     /* [cells, seeds] */
    AblateEntry *entry; /* [cells, lists] */
    int64_t against;    /* the cell that all are compared to */
    Validation validation;
    int64_t unread; /* scores that the machine did not read; the table lacks what needs them */
} AblateTable;

typedef struct AblateTableWant {
    const Grid *grid;
    const AblateTasks *tasks;
    AblateWork *work; /* receives runs whose scores cannot be read as failed */
    Validation validation;
    int64_t against;   /* index of the cell that all are compared to */
    int64_t resamples; /* of the images; 0: no such interval */
} AblateTableWant;

/* Chooses the learning rates and computes all numbers. ERROR_USAGE if a part of a
 * list has no image. Owned,
 * also after an error: ablate_table_free. */
int ablate_table_new(const AblateTableWant *w, AblateTable *out, Error *err);
void ablate_table_free(AblateTable *t);

const AblateEntry *ablate_table_entry(const AblateTable *t, int64_t cell, int64_t list);
const AblateRun *ablate_table_run(const AblateTable *t, int64_t cell, int64_t seed);
/* One number of a run on a list; NAN if it has no results. */
double ablate_table_number(const AblateRun *r, int64_t list, enum AblateNumber which);
/* The heading of a list: its name, or "set N" if the cells have different ones. Owned. */
char *ablate_table_heading(const AblateTable *t, int64_t list);
/* The learning rate that was chosen for a cell, as written; NULL: the ablation has none. */
const char *ablate_table_rate(const AblateTable *t, int64_t cell);
const char *ablate_number_name(enum AblateNumber which); /* "mAP", "CP", "CR", "F1" */
/* Why a cell has no numbers: "diverged", "failed" or "not finished"; NULL: it has. */
const char *ablate_table_missing(const AblateTable *t, int64_t cell);

#endif
