/* SPDX-License-Identifier: Apache-2.0 */
/* All metrics of a set of scores, by two definitions side by side.
 *
 * reference: that of eval/metrics/metrics.h, the published evaluation. A tag without a positive
 * counts as AP 0, equal scores rank in the order of the list, a label that nobody knows (-1) is
 * none. strict: the mean over all orders of equal scores; tags without a positive are left out
 * of all
 *   means; an image without a known label of a tag is left out for that tag, and on request an
 *   image without any positive is left out altogether; nothing is added to divisors, and a
 *   quotient of two zeros is 0.
 *
 * Both: mAP, the mean of AP over the tags; macro AP, over the tags with a positive; weighted
 * AP, weighted by the positives; micro AP, the AP of all pairs of an image and a tag in one
 * ranking. CP, CR: means of precision and recall at score >= threshold over the names (a
 * repeated one counts by its first column); F1 is their harmonic mean. OP, OR, OF1: of all
 * decisions over these columns. F1@k: the k best tags of each image are predicted; 2 hits /
 * (predictions + positives) of all images together. top-k accuracy: the share of images of
 * whose k best tags one is right.
 *
 * Bands: mAP over the tags with fewer than band[0] positives, up to band[1], and more; 20 and
 * 100 are those of Liu et al. 2019, "Large-scale long-tailed recognition in an open world",
 * there of training images. */
#ifndef RAMPLUS_EVAL_MEASURE_MEASURE_H
#define RAMPLUS_EVAL_MEASURE_MEASURE_H

#include "eval/measure/score_set.h"
#include "eval/measure/score_view.h"
#include "eval/metrics/bootstrap.h"
#include "eval/metrics/top_hits.h"

enum { MEASURE_REFERENCE, MEASURE_STRICT, MEASURE_DEFINITIONS };
enum { BAND_FEW, BAND_MEDIUM, BAND_MANY, BANDS };

typedef struct MeasureOptions {
    bool labeled_only; /* strict: leave out images without any positive */
    enum Standardize standardize;
    bool decide;       /* measure what thresholds decide: CP, CR, F1, OP, OR, OF1 */
    int64_t band[2];   /* positives */
    int64_t resamples; /* of the bootstrap; 0: none */
    uint64_t seed;     /* of the bootstrap */
} MeasureOptions;

typedef struct TagMeasure {
    int64_t images, positives, hits, false_alarms;
    double ap, precision, recall;
} TagMeasure;

typedef struct BandMean {
    int64_t tags;
    double map;
} BandMean;

typedef struct MeasureMeans {
    int64_t images, tags; /* that count */
    double map, macro_ap, weighted_ap, micro_ap;
    double cp, cr, f1, op, or, of1;
    double f1_at[TOPS], top[TOPS]; /* F1@1, 3, 5; top-1, 3, 5 accuracy */
    BandMean band[BANDS];
    BootstrapInterval over_images, over_both; /* of mAP; images, or images and tags drawn */
} MeasureMeans;

typedef struct Measure {
    const ScoreSet *set; /* borrowed */
    MeasureOptions options;
    int64_t positives;                    /* pairs of an image and a tag */
    int64_t unknown;                      /* labels that nobody knows */
    int64_t unlabeled;                    /* images without any positive */
    bool *first;                          /* [tags] first entry of its name */
    TagMeasure *tag[MEASURE_DEFINITIONS]; /* [tags] */
    MeasureMeans mean[MEASURE_DEFINITIONS];
    double *ap[MEASURE_DEFINITIONS]; /* [tags, resamples], of bootstrap_draws_ap; NULL: none */
} Measure;

/* Reads all scores twice, in parts, in a few hundred megabytes. ERROR_NUMERIC, naming the first
 * score that is not a number; ERROR_DATA without a positive. Owned: measure_free. */
int measure_new(const ScoreSet *set, const MeasureOptions *o, Measure *out, Error *err);
void measure_free(Measure *m); /* accepts an empty one */

/* Intervals of mAP of a minus mAP of b, which have equal images, tags, labels, resamples and
 * seed: in a resample both have the same images, and tags. tags: draw these, too. */
BootstrapInterval measure_difference(const Measure *a, const Measure *b, int definition,
                                     bool tags);

#endif
