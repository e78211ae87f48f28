/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluation list: images, complete labels, the label bank of its tags; and its run over a
 * model.
 *
 * A folder holds tags.txt, annotations.txt and, optionally, descriptions.json, thresholds.txt
 * and groups.txt (a group name a tag, for a mAP per group); or the reference's benchmark files
 * *_taglist.txt and *_annots.txt, with images in imgs/. */
#ifndef RAMPLUS_EVAL_EVAL_SET_H
#define RAMPLUS_EVAL_EVAL_SET_H

#include "core/file.h"
#include "data/benchmark.h"
#include "eval/metrics.h"
#include "eval/scorer.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

typedef struct EvalSet {
    char *name; /* last part of the folder */
    char *root; /* of the images */
    Labels labels;
    Benchmark benchmark;
    float *threshold; /* [tags] */
    Lines groups;     /* [tags] or empty */
} EvalSet;

/* Paths that take the place of the folder's own files; NULL or empty: the folder's. Its
 * thresholds and groups belong to its own tags: `tags` leaves them out. */
typedef struct EvalPaths {
    const char *root, *tags, *annotations, *descriptions, *thresholds;
    const char *bank_path; /* of bank, for messages */
    Labels *bank;          /* NULL, or of the folder's tags; it moves into the set */
} EvalPaths;

/* Opens a folder and encodes its tags; the encoder may be NULL with a bank. ERROR_DATA;
 * ERROR_CHECKPOINT when the bank has other tags. Owned: eval_set_free. */
int eval_set_open(const char *folder, const EvalPaths *paths, const TextEncoder *encoder,
                  EvalSet *out, Error *err);
void eval_set_free(EvalSet *set); /* accepts an empty one */

typedef struct EvalResult {
    Metrics mean;
    int64_t images, skipped;
    char *text; /* for people: means, and mAP by group */
    char *json; /* of cli.md */
} EvalResult;

/* Scores the first `limit` images (0: all) and measures. folder: where summary, AP, scores go;
 * NULL: nowhere. s->bank is ignored: the set's own is used. ERROR_DATA when no image can be
 * read. */
int eval_set_run(const EvalSet *set, const Scorer *s, int64_t limit, const char *folder,
                 EvalResult *out, Error *err);
void eval_result_free(EvalResult *r);

#endif
