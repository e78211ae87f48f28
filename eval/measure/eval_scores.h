/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus eval --scores`: measures files of scores and prints the result. */
#ifndef RAMPLUS_EVAL_MEASURE_EVAL_SCORES_H
#define RAMPLUS_EVAL_MEASURE_EVAL_SCORES_H

#include "eval/measure/measure_table.h"
#include "eval/measure/score_set.h"

typedef struct EvalScores {
    ScoreSetPaths paths;
    MeasureOptions options;
    bool one_threshold;
    double threshold; /* of all tags, if one_threshold */
    const char *out;  /* folder of the results; NULL: no files */
    bool json;        /* print JSON */
} EvalScores;

/* Measures one file and prints it. The numbers are printed even if their files cannot be
 * written. */
int eval_scores_one(const EvalScores *e, const char *scores, Error *err);

/* Measures several files against one list, which each may carry itself, and prints one
 * table. ERROR_DATA if their lists differ. */
int eval_scores_several(const EvalScores *e, const OptionStrings *scores, Error *err);

/* Scores and what was measured of them. */
typedef struct Measured {
    ScoreSet set;
    Measure measure;
} Measured;
/* Owned: measured_free. */
int eval_scores_measure(const EvalScores *e, const char *scores, Measured *out, Error *err);
void measured_free(Measured *m); /* accepts an empty one */
/* Whether both have the same labels, in the same order. */
bool measured_same_labels(const Measured *a, const Measured *b);

/* Prints the table and writes its files. */
int eval_scores_print_table(const EvalScores *e, const MeasureTable *t, Error *err);

#endif
