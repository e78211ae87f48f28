/* SPDX-License-Identifier: Apache-2.0 */
/* Image-text retrieval on a benchmark: every caption is a query of the alignment decoder on
 * every image (RAM++ paper, Table 7). */
#ifndef RAMPLUS_EVAL_RETRIEVE_RECALL_RUN_H
#define RAMPLUS_EVAL_RETRIEVE_RECALL_RUN_H

#include "eval/recognizer.h"
#include "eval/retrieve/caption_set.h"
#include "eval/retrieve/recall.h"

typedef struct RecallOptions {
    const char *file, *split;
    const char *root; /* folder of the images; NULL: that of the file */
    int64_t limit;    /* the first images of the split only; 0: all */
    int64_t folds;    /* parts of equal size that are ranked apart; their means are reported */
} RecallOptions;

/* The images of a benchmark, which all exist. */
typedef struct RecallSet {
    CaptionSet captions;
    char **path; /* [captions.images] */
} RecallSet;

/* ERROR_DATA, also if an image is missing; the first ones are named. Owned: recall_set_free. */
int recall_set_open(const RecallOptions *o, bool absolute, RecallSet *out, Error *err);
void recall_set_free(RecallSet *s);

/* Scores all pairs, batch by batch, and returns the means over the folds. Images that cannot be
 * read are warned of and left out: result->images counts the others. Memory: the vectors of the
 * captions, 56 bytes a caption and the scores of one batch. ERROR_DATA if no image of a fold
 * can be read, or a text encoder knows not all captions; others as scored_files_next. Returns 1
 * if a signal asks to stop. */
int recall_run(const RecallOptions *o, const RecallSet *set, Recognizer *r,
               RecallResult *result, Error *err);

/* The result as a table, and as one JSON document. Owned by the caller (mem_free). */
char *recall_text(const RecallOptions *o, const RecallSet *set, const RecallResult *result);
char *recall_json(const RecallOptions *o, const RecallSet *set, const RecallResult *result);

#endif
