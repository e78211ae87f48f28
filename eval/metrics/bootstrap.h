/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap intervals of mAP, and of the difference of two mAPs on the same images.
 *
 * A resample draws as many images as there are, with replacement, so each image gets a whole
 * number as its weight; all tags, and both sides of a difference, share these weights. An image
 * of weight w counts like w copies side by side. Of the mAPs of all resamples, the interval is
 * the range between two percentiles, 2.5 and 97.5 for a level of 0.95, interpolated linearly
 * between neighboring values (Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
 * chapter 13). It says how far mAP depends on which images, or images and tags, were
 * evaluated; nothing about other seeds of the training.
 *
 * Each tag is sorted once. The draws are functions of (seed, resample), so the numbers are the
 * same bits for any number of threads. */
#ifndef RAMPLUS_EVAL_METRICS_BOOTSTRAP_H
#define RAMPLUS_EVAL_METRICS_BOOTSTRAP_H

#include "core/error.h"
#include "eval/metrics/metrics.h"

#include <stdbool.h>
#include <stdint.h>

enum { RNG_BOOTSTRAP = 12 }; /* random stream of the draws (core/rng.h) */

enum { BOOTSTRAP_DEFAULT = 1000, BOOTSTRAP_MAX = 100000 }; /* resamples */

typedef struct BootstrapOptions {
    int64_t resamples; /* 1..BOOTSTRAP_MAX; 0: BOOTSTRAP_DEFAULT */
    uint64_t seed;
    double level; /* in (0, 1); 0: 0.95 */
    bool tags;    /* draw the tags with replacement, too, not the images alone */
} BootstrapOptions;

typedef struct BootstrapInterval {
    double value;     /* of the images as they are */
    double low, high; /* the interval */
    double deviation; /* standard deviation of the resamples: the standard error of value */
    double above;     /* share of the resamples above 0 */
} BootstrapInterval;

/* mAP by the definition of eval/metrics/metrics.h: in a resample, too, a tag without a positive
 * has AP 0. Both take images x resamples + tags x resamples x 8 bytes, the difference twice the
 * second. ERROR_NUMERIC, naming the first score that is not a number; ERROR_DATA without images
 * or tags. */
int bootstrap_map(const MetricsInput *in, const BootstrapOptions *o, BootstrapInterval *out,
                  Error *err);
/* mAP of a minus mAP of b. ERROR_DATA if their truths differ. */
int bootstrap_difference(const MetricsInput *a, const MetricsInput *b,
                         const BootstrapOptions *o, BootstrapInterval *out, Error *err);

typedef struct BootstrapDraws BootstrapDraws; /* eval/metrics/bootstrap_draws.h */
/* The mAP of images in each of the resamples that were drawn of them: map [resamples]. Errors
 * as bootstrap_map. */
int bootstrap_maps(const MetricsInput *in, const BootstrapDraws *draws, int64_t resamples,
                   double *map, Error *err);

/* The options with their defaults filled in. */
BootstrapOptions bootstrap_options(const BootstrapOptions *o);

/* The interval of the mean over the tags. ap [tags, resamples], of bootstrap_draws_ap; a NAN is
 * left out of the mean of its resample. value: the mean of the images as they are. */
BootstrapInterval bootstrap_interval(const double *ap, int64_t tags, const BootstrapOptions *o,
                                     double value);

#endif
