/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluation set: images, complete labels and the label bank of its tags, and its
 * evaluation with a model.
 *
 * A folder contains tags.txt, annotations.txt and, optionally, descriptions.json,
 * unknown.txt (labels that nobody annotated), thresholds.txt and groups.txt (one group name per
 * tag, for a mAP per group), or the benchmark files of the reference implementation,
 * *_taglist.txt and *_annots.txt. eval/eval_images.h says where the images are. */
#ifndef RAMPLUS_EVAL_EVAL_SET_H
#define RAMPLUS_EVAL_EVAL_SET_H

#include "core/io/file.h"
#include "core/io/path_names.h"
#include "core/options/option.h"
#include "data/benchmark.h"
#include "data/descriptions.h"
#include "eval/metrics/metrics.h"
#include "eval/score_journal.h"
#include "eval/scorer.h"
#include "model/labels/label_texts.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

typedef struct EvalSet {
    char *name; /* last part of the folder's path; the owner of several sets may rename them */
    char *folder; /* its absolute path */
    char *root;   /* folder of the images */
    Labels labels;
    Descriptions texts; /* of the tags, until eval_set_encode; none with a bank */
    Benchmark benchmark;
    char **path;      /* [benchmark.images] image files, which existed when it was opened */
    int64_t missing;  /* images that were left out because they do not exist */
    float *threshold; /* [tags] */
    bool half;        /* no file has thresholds: all are 0.5 */
    Lines groups;     /* [tags] or empty */
} EvalSet;

/* Paths that replace the folder's own files; NULL or empty keeps those of the folder. The
 * folder's thresholds and groups belong to its own tags, so setting `tags` ignores them. */
typedef struct EvalPaths {
    const char *root, *data_root; /* of the images: eval_images_root */
    const char *tags, *annotations, *descriptions,
        *thresholds;             /* annotations: no unknown.txt */
    const char *bank_path;       /* path of the bank, for messages */
    const LabelTextRules *texts; /* which texts the tags have; NULL: the defaults */
    Labels *bank;          /* NULL, or labels with the folder's tags; they move into the set */
    int64_t images;        /* use the first ones only; 0: all */
    int64_t allow_missing; /* how many images may be missing */
    bool absolute;         /* the list may name images by absolute paths */
} EvalPaths;

/* Opens a folder and finds all images. Without a bank, call eval_set_encode before
 * eval_set_run. ERROR_DATA for files that cannot be used and for missing images;
 * ERROR_CHECKPOINT if the bank has other tags. Owned: eval_set_free. */
int eval_set_open(const char *folder, const EvalPaths *paths, EvalSet *out, Error *err);
/* Opens tags, labels, thresholds and groups alone, for scores that exist already. */
int eval_set_open_labels(const char *folder, const EvalPaths *paths, EvalSet *out, Error *err);
/* Logs one line: the number of images, tags and positive labels, and the hash of the set. */
void eval_set_log(const EvalSet *set);
/* Encodes the texts of the tags. ERROR_DATA. */
int eval_set_encode(EvalSet *set, const TextEncoder *encoder, Error *err);
void eval_set_free(EvalSet *set); /* accepts an empty set */

/* The names of several sets, for their results: the last parts of their paths, longer where two
 * are the same. Owned: path_names_free (core/io/path_names.h). */
char **eval_set_names(const OptionStrings *folder);

typedef struct EvalResult {
    Metrics mean;
    int64_t images, skipped;
    int64_t unknown;         /* pairs of image and tag that nobody annotated */
    int64_t scores, reached; /* of all other pairs; those that reach their thresholds */
    char *text;              /* table of the means and of mAP by group */
    char *json;              /* score_report_json */
    Error unwritten;         /* why the files could not be written; code 0: they are */
} EvalResult;

/* Scores the images and computes the metrics. folder: where summary, AP and scores are written;
 * NULL: no files. journal: of an evaluation that can be interrupted; NULL: none. s->bank is
 * ignored, because the set has its own. ERROR_DATA if no image can be read; others that cannot
 * are left out and counted. Returns 1, without a result, if a signal asks to stop
 * (core/stop.h). Files that cannot be written are no failure: see out->unwritten. Owned:
 * eval_result_free. */
int eval_set_run(const EvalSet *set, const Scorer *s, const char *folder, ScoreJournal *journal,
                 EvalResult *out, Error *err);
void eval_result_free(EvalResult *r);

#endif
