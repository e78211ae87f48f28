/* SPDX-License-Identifier: Apache-2.0 */
/* The resamples of a bootstrap (eval/metrics/bootstrap.h), for whoever has the tags one after
 * another:
 *
 *   BootstrapDraws *d = bootstrap_draws_new(images, &options);
 *   for all tags k: bootstrap_draws_ap(d, &order, rule, ap + k * resamples);
 *   bootstrap_interval(ap, tags, &options, map); */
#ifndef RAMPLUS_EVAL_METRICS_BOOTSTRAP_DRAWS_H
#define RAMPLUS_EVAL_METRICS_BOOTSTRAP_DRAWS_H

#include "eval/metrics/bootstrap.h"
#include "eval/metrics/image_order.h"

typedef struct BootstrapDraws BootstrapDraws;

/* Draws the images of all resamples: images x resamples bytes. Owned: bootstrap_draws_free. */
BootstrapDraws *bootstrap_draws_new(int64_t images, const BootstrapOptions *o);
void bootstrap_draws_free(BootstrapDraws *d); /* accepts NULL */

enum BootstrapRule {
    BOOTSTRAP_REFERENCE, /* image_order_ap: 0 in a resample without a positive */
    BOOTSTRAP_EXPECTED,  /* image_order_expected_ap: NAN in such a resample */
};
/* AP of one tag in every resample: ap [resamples]. r ranks images of the draws. */
void bootstrap_draws_ap(const BootstrapDraws *d, const ImageOrder *r, enum BootstrapRule rule,
                        double *ap);

/* How often each tag is drawn in a resample: times [tags]; 1 each unless o->tags. */
void bootstrap_draws_tags(const BootstrapOptions *o, int64_t resample, int64_t tags,
                          uint32_t *times);

#endif
