/* SPDX-License-Identifier: Apache-2.0 */
/* Micro AP: the AP of one ranking of all pairs of an image and a tag. Only the positive pairs
 * are sorted; of the others it is counted between which of them they rank.
 *
 *   MicroAp *m = micro_ap_new(n, score, pair);
 *   for all tags: micro_ap_add(m, ...);
 *   micro_ap_value(m), micro_ap_expected(m) */
#ifndef RAMPLUS_EVAL_METRICS_MICRO_AP_H
#define RAMPLUS_EVAL_METRICS_MICRO_AP_H

#include "eval/metrics/image_order.h"

typedef struct MicroAp MicroAp;

/* n positive pairs, fewer than 2^31: their scores, and pair = image * tags + tag, ascending.
 * The pairs are borrowed. Owned: micro_ap_free. */
MicroAp *micro_ap_new(int64_t n, const double *score, const int64_t *pair);
void micro_ap_free(MicroAp *m); /* accepts NULL */

/* Counts the negative pairs of tag `tag` of `tags`: order ranks all images by score [images].
 * truth, strict [images]: 1 for the positive pairs of above; a pair whose `strict` is -1 is
 * negative for micro_ap_value and none for micro_ap_expected. Several threads may add. */
void micro_ap_add(MicroAp *m, const ImageOrder *order, const double *score, const int8_t *truth,
                  const int8_t *strict, int64_t tag, int64_t tags);

/* Equal scores by ascending pair, divided by the positives + 1e-8; and the mean over all orders
 * of equal scores (image_order_group), divided by the positives. 0 without positives. */
double micro_ap_value(const MicroAp *m);
double micro_ap_expected(const MicroAp *m);

#endif
