/* SPDX-License-Identifier: Apache-2.0 */
/* The images of one tag by descending score, equal scores by ascending index: what average
 * precision (AP) and its resamples are computed from. One sort serves all of them. */
#ifndef RAMPLUS_EVAL_METRICS_IMAGE_ORDER_H
#define RAMPLUS_EVAL_METRICS_IMAGE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ORDER_POSITIVE = 1, /* the image has the tag */
    ORDER_TIED = 2,     /* its score equals that of the image before it */
};

/* For up to `room` images; used again for every tag. */
typedef struct ImageOrder {
    int64_t images;    /* that are ranked */
    int64_t positives; /* of these */
    int64_t depth;     /* images down to the lowest score of a positive; 0 without positives */
    int32_t *image;    /* [images] the index of each */
    uint8_t *mark;     /* [images] */
    int64_t room;
    uint64_t *key[2]; /* private: memory of the sort */
    int32_t *index[2];
} ImageOrder;

/* Owned: image_order_free. room < 2^31. */
ImageOrder image_order_new(int64_t room);
void image_order_free(ImageOrder *r);

/* Ranks the images whose truth is not negative: score [images], none of them NAN; truth
 * [images] 1: the image has the tag, 0: it has not, -1: nobody knows, the image is left out. */
void image_order_sort(ImageOrder *r, int64_t images, const double *score, const int8_t *truth);

/* Leaves out the images whose truth is negative; truth [images that were sorted]. */
void image_order_drop(ImageOrder *r, const int8_t *truth);

/* AP: the sum over the positives of (positives so far / rank), divided by the positives (plus
 * 1e-8, as in the reference: image_order_ap). 0 without positives. */
double image_order_ap(const ImageOrder *r);

/* The mean of AP over all orders of images with equal scores. A group of t images with equal
 * scores, r of them positive, after R images with P positives, adds
 *   sum over j = 1..t of  r/t (P + 1 + (j - 1) (r - 1) / (t - 1)) / (R + j):
 * a positive is at place j with probability r/t, and of the j - 1 places before it in the group
 * (j - 1) (r - 1) / (t - 1) are expected to be positive. McSherry and Najork 2008, "Computing
 * information retrieval performance measures efficiently in the presence of tied scores".
 * Divided by the positives. */
double image_order_expected_ap(const ImageOrder *r);
/* The sum above: t images, r of them positive, after `rank` images with `before` positives. */
double image_order_group(int64_t rank, int64_t before, int64_t t, int64_t r);

#endif
