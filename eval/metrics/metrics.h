/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of multi-label tagging: average precision (AP), precision and recall per tag, and
 * their means over a tag list.
 *
 * For the AP of a tag the images are sorted by descending score, equal scores by ascending
 * index: AP is the sum over the positives of (positives so far / rank) / (positives + 1e-8).
 * mAP averages over every entry of the list: each repeated name counts, and a tag without a
 * positive image has AP 0. Where a positive and a negative have the same score, AP depends on
 * their order; ap_low and ap_high are the AP with all such negatives before and after.
 * Precision is TP / (TP + FP + 1e-9) and recall is TP / (TP + FN + 1e-9) after a threshold; CP
 * and CR average them over distinct names (a repeated name counts by its first column); F1 is
 * the harmonic mean of CP and CR. OP, OR and OF1 are the same of the sums of TP, FP and FN over
 * these columns. An image whose label of a tag is unknown is left out for this tag. */
#ifndef RAMPLUS_EVAL_METRICS_METRICS_H
#define RAMPLUS_EVAL_METRICS_METRICS_H

#include "core/error.h"
#include "data/truth.h"

#include <stdbool.h>
#include <stdint.h>

/* Scores and ground truth; borrowed. */
typedef struct MetricsInput {
    int64_t images, tags;
    const float *score;   /* [images, tags] */
    const uint8_t *truth; /* [images, tags] enum Truth */
} MetricsInput;

enum MetricsRule {
    METRICS_AT_LEAST, /* score >= threshold: evaluation */
    METRICS_ABOVE,    /* score >  threshold: tagging */
};

typedef struct TagMetrics {
    int64_t positives;
    int64_t unknown;            /* images left out */
    int64_t hits, false_alarms; /* TP, FP at the threshold */
    double ap, precision, recall;
    double ap_low, ap_high; /* the range of AP over all orders of images with equal scores */
} TagMetrics;

typedef struct Metrics {
    double map, cp, cr, f1;
    double op, or, of1;    /* precision, recall, F1 of all decisions together, not per tag */
    double map_positive;   /* mAP over the tags with a positive image alone */
    int64_t with_positive; /* number of these tags */
} Metrics;

/* Fills tag [tags]; threshold [tags]. ERROR_NUMERIC, naming the first score that is not a
 * number. */
int metrics_tags(const MetricsInput *in, const float *threshold, enum MetricsRule rule,
                 TagMetrics *tag, Error *err);

/* Precision and recall from the counts. */
void metrics_rates(TagMetrics *m);

/* The means over a tag list. counted [tags]: the columns that count for CP and CR; NULL: all
 * columns. The means of an empty list are 0. */
Metrics metrics_mean(const TagMetrics *tag, int64_t tags, const bool *counted);

/* Whether the order of images with equal scores changes the fourth decimal of the AP. */
bool metrics_tied(const TagMetrics *tag);

/* first[k]: whether entry k is the first one of its name. name [tags], first [tags]. */
void metrics_first_columns(const char *const *name, int64_t tags, bool *first);

#endif
