/* SPDX-License-Identifier: Apache-2.0 */
/* Scores in a file, and the list that they are measured against: images, tags, labels,
 * thresholds, groups. Nothing is computed here; numbers are read when they are needed. */
#ifndef RAMPLUS_EVAL_MEASURE_SCORE_SET_H
#define RAMPLUS_EVAL_MEASURE_SCORE_SET_H

#include "eval/eval_set.h"
#include "eval/measure/score_matrix.h"
#include "eval/measure/truth_table.h"

typedef struct ScoreSetPaths {
    const char *data;   /* an evaluation folder; NULL */
    const char *truth;  /* labels in a file as of scores, 1, 0 or -1; NULL */
    const char *groups; /* the name of a group per tag, one per line; NULL */
    EvalPaths folder;   /* tags, annotations and thresholds instead of the folder's */
    int64_t limit;      /* the first images of the list only; 0: all */
} ScoreSetPaths;

typedef struct ScoreSet {
    ScoreMatrix scores;
    int64_t images, tags;
    const char *list;                /* the file or folder with the labels, for messages */
    char *const *image, *const *tag; /* names; NULL: the files have none */
    int64_t *row;                    /* [images] row of each image in the scores */
    int64_t *tag_of;                 /* [tags] the tag of each column of the scores */
    TruthTable truth;
    float *threshold;   /* [tags] */
    char *const *group; /* [tags] or NULL */
    EvalSet folder;     /* private, like what follows */
    ScoreMatrix labels;
    Lines group_lines;
} ScoreSet;

/* Opens the scores and the list, which is --data, else the file of labels, else the scores.h5
 * itself. Names are matched if both sides have them (eval/measure/name_match.h); otherwise rows
 * and columns are in the order of the list, and there have to be as many. ERROR_DATA, also
 * without labels. Owned: score_set_free. */
int score_set_open(const char *scores, const ScoreSetPaths *p, ScoreSet *out, Error *err);
void score_set_free(ScoreSet *s); /* accepts an empty one */

#endif
