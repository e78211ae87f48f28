/* SPDX-License-Identifier: Apache-2.0 */
/* What a report shows of the scores of an evaluation (eval/scores/scores.h): curves of
 * precision and recall, histograms, and the images that went best and worst. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_SCORES_H
#define RAMPLUS_TRAIN_REPORT_REPORT_SCORES_H

#include "eval/scores/scores.h"
#include "train/report/report_run.h"

enum { REPORT_BINS = 40, REPORT_LEVELS = 101, REPORT_PICKED = 6 };

typedef struct ReportScores {
    int64_t images, tags;
    /* step: recall, value: precision. micro: of all scores ranked together, at distinct scores;
     * macro: mean over the tags with a positive image of the highest precision at a recall of
     * at least 0, 0.01, ..., 1. */
    Curve micro, macro;
    double micro_ap; /* the sum of precision * gain in recall over all distinct scores */
    /* step: lower end of a bin of scores, and 1; value: share of all positives (negatives) */
    Curve positives, negatives;
    /* Arrays of {"image": s, "AP": x, "tags": [{"tag": s, "score": x}], "truth": [s]}, like
     * those of eval/examples.json: highest and lowest AP of an image's tags, ranked by score.
     * Images without a tag are left out. */
    json_t *best, *worst;
    char *fault; /* why the scores could not be read, and all else is empty; NULL: they could */
} ReportScores;

/* Reads FOLDER/scores.h5. *out is NULL if it does not exist; a file that cannot be used is a
 * fault of *out. ERROR_RUNTIME if the machine cannot read it. Owned: report_scores_free. */
int report_scores_read(const char *folder, ReportScores **out, Error *err);
/* The same of scores in memory. */
ReportScores *report_scores_of(const Scores *s);
void report_scores_free(ReportScores *s); /* accepts NULL */

/* Fills best and worst. report_pick.c */
void report_pick(const Scores *s, json_t *best, json_t *worst);

#endif
