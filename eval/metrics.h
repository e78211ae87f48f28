/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of multi-label tagging: AP and precision / recall per tag, and their means over a
 * list.
 *
 * AP of a tag orders the images by descending score, equal scores by ascending index, and is
 * the sum over its positives of (positives so far / rank) / (positives + 1e-8). mAP averages
 * every entry of the list: repeated names each count, a tag without a positive is 0. Precision
 * TP / (TP + FP + 1e-9) and recall TP / (TP + FN + 1e-9) after a threshold; CP and CR average
 * them over distinct names (a repeated name counts by its first column); F1 is the harmonic
 * mean of CP and CR. */
#ifndef RAMPLUS_EVAL_METRICS_H
#define RAMPLUS_EVAL_METRICS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What is measured; borrowed. */
typedef struct MetricsInput {
    int64_t images, tags;
    const float *score;   /* [images, tags] */
    const uint8_t *truth; /* [images, tags] 0 or 1 */
} MetricsInput;

enum MetricsRule {
    METRICS_AT_LEAST, /* score >= threshold: evaluation */
    METRICS_ABOVE,    /* score >  threshold: tagging */
};

typedef struct TagMetrics {
    int64_t positives;
    int64_t hits, false_alarms; /* TP, FP at the threshold */
    double ap, precision, recall;
} TagMetrics;

typedef struct Metrics {
    double map, cp, cr, f1;
} Metrics;

/* Fills tag [tags]; threshold [tags]. ERROR_NUMERIC names the first score that is not a
 * number. */
int metrics_tags(const MetricsInput *in, const float *threshold, enum MetricsRule rule,
                 TagMetrics *tag, Error *err);

/* The means over a list. counted [tags]: columns that count for CP and CR; NULL: all. Empty:
 * 0. */
Metrics metrics_mean(const TagMetrics *tag, int64_t tags, const bool *counted);

/* first[k] = no earlier entry has the name of entry k. name [tags], first [tags]. */
void metrics_first_columns(const char *const *name, int64_t tags, bool *first);

#endif
