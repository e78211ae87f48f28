/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix of numbers in a file, one row per image and one column per tag: scores of any
 * program, or labels. It is read in parts, so that it may be larger than memory.
 *
 *   .npy      [images, tags]; no names
 *   CSV       a header with the names of the tags after one field, then lines of an image and
 *             its numbers; read as a whole
 *   scores.h5 eval/scores/scores.h: its entry "scores" or "truth" */
#ifndef RAMPLUS_EVAL_MEASURE_SCORE_MATRIX_H
#define RAMPLUS_EVAL_MEASURE_SCORE_MATRIX_H

#include "core/error.h"
#include "core/formats/npy.h"
#include "core/hdf5/h5_file.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ScoreMatrix {
    char *path;
    int64_t images, tags;
    char **image, **tag; /* [images], [tags] names; NULL: none */
    /* Private: one of these has the numbers. */
    Npy npy;
    H5File *h5;
    const H5Entry *entry;
    bool labels;    /* the entry is "truth": its bytes are enum Truth */
    double *value;  /* [images, tags] */
    char *names[2]; /* memory of the names */
} ScoreMatrix;

/* Opens a file, whose first bytes tell the format; entry: "scores" or "truth" of a file that
 * has both. ERROR_DATA, with the line for CSV; ERROR_CHECKPOINT for a damaged scores.h5. Owned:
 * score_matrix_free. */
int score_matrix_open(const char *path, const char *entry, ScoreMatrix *out, Error *err);
void score_matrix_free(ScoreMatrix *m); /* accepts an empty one */

/* Whether the file has labels as well as scores. */
bool score_matrix_has_truth(const ScoreMatrix *m);
/* The thresholds [tags] of scores.h5. ERROR_DATA if it has none of this size. */
int score_matrix_thresholds(const ScoreMatrix *m, float *out, Error *err);

/* Columns first..first+n-1 of a row. Any number of threads may read. */
int score_matrix_read(const ScoreMatrix *m, int64_t row, int64_t first, int64_t n, double *out,
                      Error *err);

#endif
