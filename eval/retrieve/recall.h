/* SPDX-License-Identifier: Apache-2.0 */
/* recall@k of image-text retrieval. Scores come image by image, each with those of all
 * captions, and none is kept but the best ones of each caption:
 *
 *   Recall *r = recall_new(images, first);
 *   for each image: recall_add(r, image, score);
 *   RecallResult x = recall_result(r);
 *   recall_free(r);
 *
 * Text to image: the share of captions whose image is among the k images of highest score.
 * Image to text: the share of images of which any caption is among the k captions of highest
 * score. Where scores are equal, their order is taken as random, and a hit counts with its
 * probability: a model that gives all pairs the same score finds what chance finds. */
#ifndef RAMPLUS_EVAL_RETRIEVE_RECALL_H
#define RAMPLUS_EVAL_RETRIEVE_RECALL_H

#include <stdint.h>

enum { RECALL_KS = 3, RECALL_MOST = 10 };
extern const int64_t recall_k[RECALL_KS]; /* 1, 5, 10 */

typedef struct Recall Recall;

/* Captions first[i] .. first[i+1]-1, at least one, describe image i; first [images + 1], from
 * 0, borrowed. Owned: recall_free. */
Recall *recall_new(int64_t images, const int64_t *first);
void recall_free(Recall *r);

/* Takes the scores [captions] of an image, each once, in any order. An image that is never
 * added is no candidate, and neither it nor its captions count. */
void recall_add(Recall *r, int64_t image, const float *score);

typedef struct RecallResult {
    int64_t images, captions;                                  /* that count */
    double text_to_image[RECALL_KS], image_to_text[RECALL_KS]; /* 0..1 */
} RecallResult;

RecallResult recall_result(const Recall *r);

/* The probability that one of `own` members of a list is among the first k, if `above` others
 * come before them and `equal` others are mixed with them in random order. own >= 1. */
double recall_chance(int64_t k, int64_t above, int64_t equal, int64_t own);

#endif
