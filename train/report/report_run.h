/* SPDX-License-Identifier: Apache-2.0 */
/* The data of a run that a report shows, read from its folder: metrics.jsonl, config.yaml,
 * changes.jsonl, env.json, every summary.json below eval/, and eval/examples.json. All but
 * metrics.jsonl are optional. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_RUN_H
#define RAMPLUS_TRAIN_REPORT_REPORT_RUN_H

#include "core/error.h"
#include "core/io/file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Curve {
    int64_t count, room;
    double *step, *value; /* [count], in the order logged */
    double *low, *high;   /* [count] the range over several runs; NULL for one run */
} Curve;

void curve_add(Curve *c, double step, double value);
void curve_free(Curve *c); /* frees and empties */

/* The numbers of a step record in metrics.jsonl. */
enum ReportSeries {
    REPORT_LOSS,
    REPORT_TAG,
    REPORT_DISTILL,
    REPORT_ALIGN,
    REPORT_RATE,
    REPORT_NORM,
    REPORT_NORM_TAG, /* of the terms of the loss alone */
    REPORT_NORM_ALIGN,
    REPORT_NORM_DISTILL,
    REPORT_SPEED,
    REPORT_WAIT,
    REPORT_SERIES
};

typedef struct ReportTag {
    char *name;
    double ap;
    int64_t positives;
} ReportTag;

/* One evaluation set of a run: "seen", "unseen". */
typedef struct ReportList {
    char *name;
    Curve map, f1;           /* over training, from metrics.jsonl */
    bool measured;           /* at least one of the numbers below is known */
    double last_map, cp, cr; /* newest */
    double last_f1, best_map;
    int64_t tags;                /* number of tags in the newest summary.json; 0: none */
    double summary;              /* step of that summary.json; -1: none */
    char *folder;                /* the folder of that summary.json; NULL: none */
    char *data;                  /* what it calls its evaluation set: a folder, or NULL */
    struct ReportScores *scores; /* of that folder, once read; NULL: none (report_scores.h) */
    ReportTag *tag;              /* [tags], in the order of the tag list */
} ReportList;

typedef struct ReportRun {
    char *path, *name;
    int color;     /* of report_chart_color; set by the owner */
    int64_t seeds; /* number of runs that these numbers are means of */
    double steps, epochs;
    double epoch_steps;               /* steps of an epoch; 0: unknown */
    double logged_step, logged_epoch; /* private: of the last record of a step */
    Curve hours; /* hours of computing until a step, from the speed logged */
    Curve series[REPORT_SERIES];
    ReportList *list;
    int64_t lists;
    Lines config;  /* `key: value` lines; may be empty */
    Lines changes; /* of changes.jsonl; may be empty */
    json_t *env;   /* NULL if missing */
    /* [{"image": s, "tags": [{"tag": s, "score": x}], "truth": [s]}] or NULL */
    json_t *examples;
} ReportRun;

/* Reads a run, to be shown under this name. ERROR_DATA if metrics.jsonl is missing or has no
 * record, or if a file is malformed. A last line cut off by a crash is ignored. Owned:
 * report_run_free. */
int report_run_read(const char *path, const char *name, ReportRun *out, Error *err);
void report_run_free(ReportRun *r); /* accepts an empty run */

const ReportList *report_run_list(const ReportRun *r, const char *name); /* NULL: none */
/* The mAP of the first evaluation set, or -1: what runs are ordered by. */
double report_run_rank(const ReportRun *r);
/* The value of an option in config.yaml as text of *len bytes, or NULL. Borrowed. */
const char *report_run_option(const ReportRun *r, const char *key, size_t *len);

#endif
