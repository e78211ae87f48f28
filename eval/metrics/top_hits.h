/* SPDX-License-Identifier: Apache-2.0 */
/* The best tags of an image: how many of the k with the highest scores it has. */
#ifndef RAMPLUS_EVAL_METRICS_TOP_HITS_H
#define RAMPLUS_EVAL_METRICS_TOP_HITS_H

#include <stdint.h>

enum { TOP_1, TOP_3, TOP_5, TOPS };
extern const int64_t top_sizes[TOPS]; /* 1, 3, 5 */

typedef struct TopHits {
    int64_t kept[TOPS]; /* k, or all tags if there are fewer */
    double hits[TOPS];  /* of these, how many the image has */
    double any[TOPS];   /* 1: it has some of them; between 0 and 1: with this probability */
} TopHits;

/* score, truth [tags]. Equal scores in the order of the tags; truth above 0: it has the tag. */
TopHits top_hits(const double *score, const int8_t *truth, int64_t tags);
/* The mean over all orders of equal scores. Tags whose truth is negative are left out. Of t
 * tags with the score of the k-th one, r of them right, m of which are among the best: m r / t
 * hits are expected, and none of them is right with probability C(t - r, m) / C(t, m). */
TopHits top_hits_expected(const double *score, const int8_t *truth, int64_t tags);

#endif
