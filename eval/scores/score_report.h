/* SPDX-License-Identifier: Apache-2.0 */
/* The report of an evaluation: metrics of stored scores, and the files that contain them. */
#ifndef RAMPLUS_EVAL_SCORES_SCORE_REPORT_H
#define RAMPLUS_EVAL_SCORES_SCORE_REPORT_H

#include "core/error.h"
#include "eval/metrics/metrics.h"
#include "eval/scores/scores.h"

typedef struct ScoreReport {
    const Scores *scores; /* borrowed */
    TagMetrics *tag;      /* [tags] metrics at score >= threshold */
    bool *first; /* [tags] first entry of its name: counts for CP, CR and predictions */
    Metrics mean;
    int64_t left_out; /* images of the list without scores, for the JSON document */
    const char *data; /* folder of the evaluation set, for the JSON document; borrowed, NULL */
} ScoreReport;

/* Computes the metrics of the scores. ERROR_NUMERIC if a score is not a number. Owned:
 * score_report_free. */
int score_report_new(const Scores *s, ScoreReport *out, Error *err);
void score_report_free(ScoreReport *r);

/* {"mAP": x, "CP": x, "CR": x, "F1": x, "OP": x, "OR": x, "OF1": x, "mAP_with_positives": x,
 * "images": n, "images_left_out": n, "tags": n, "tags_with_positives": n, "tags_tied": n,
 * "score_function": s, "data": s, "benchmark": s, "per_tag": [{"tag": s, "AP": x, "positives":
 * n}]}. A tied tag (metrics_tied) also has "AP_low" and "AP_high". Owned by the caller
 * (mem_free). */
char *score_report_json(const ScoreReport *r);
/* The same means as text, one per line. Owned by the caller (mem_free). */
char *score_report_text(const ScoreReport *r);

/* Pairs of image and tag that nobody annotated: no number counts them. */
int64_t score_report_unknown(const ScoreReport *r);

/* The number of tags whose AP depends on the order of images with equal scores, and a warning
 * that names the first of them; list: name of the evaluation set. */
int64_t score_report_tied(const ScoreReport *r);
void score_report_warn(const ScoreReport *r, const char *list);

/* Writes these files into the folder, which is created if missing; names in them are CSV
 * fields:
 *   summary.json, summary.txt   json and text, those of the report
 *   ap.txt     tag,AP,positives           one line per entry of the list, in its order
 *   pr.txt     tag,precision,recall       one line per name
 *   pred.txt   image,tag,tag...           the tags whose score reaches the threshold
 *   scores.h5  eval/scores/scores.h
 * summary.json is removed first and written last: a folder that has it is complete. */
int score_report_write(const ScoreReport *r, const char *json, const char *text,
                       const char *folder, Error *err);

#endif
