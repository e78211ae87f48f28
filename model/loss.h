/* SPDX-License-Identifier: Apache-2.0 */
/* The losses of tagging and of image-text alignment, and the options loss.*. To add a loss, see
 * model/losses/loss_kind.h. */
#ifndef RAMPLUS_MODEL_LOSS_H
#define RAMPLUS_MODEL_LOSS_H

#include "model/losses/loss_kind.h"

enum { LOSS_MAX = 16 /* maximum number of rows of the table */ };

/* The terms of the total loss. */
enum LossTerm { LOSS_TERM_TAG, LOSS_TERM_DISTILL, LOSS_TERM_ALIGN, LOSS_TERMS };

/* What a loss that is a sum is divided by. */
enum LossReduction {
    REDUCTION_SUM,   /* 1, as in the reference */
    REDUCTION_BATCH, /* the number of images */
    REDUCTION_MEAN,  /* the number of its terms */
};

enum LossBalanceKind { BALANCE_NONE, BALANCE_GRADNORM };

typedef struct LossOptions {
    int tag, align;                                  /* rows of the table */
    double weight_tag, weight_distill, weight_align; /* 0: the term is left out */
    int reduction;                                   /* enum LossReduction */
    int balance;                                     /* enum LossBalanceKind */
    LossConstants constants[LOSS_MAX];
} LossOptions;

extern const OptionTable loss_options;

/* The learnable parameters of the two losses, each of shape [1]; NULL where a loss has fewer.
 * Borrowed from their ParamSet. */
typedef struct LossParams {
    Tensor *tag[LOSS_PARAMS], *align[LOSS_PARAMS];
} LossParams;

/* Adds "loss.tag.NAME" and "loss.align.NAME" to ps, each only if the weight of its term is not
 * 0. They have no weight decay, and a file of the model may lack them. */
LossParams loss_params(const LossOptions *o, ParamSet *ps);

/* Whether the tagging loss needs y_sum, the number of tags of each image, and lse, the
 * log-sum-exp of all logits of the image. */
bool loss_tag_is_normalized(const LossOptions *o);

/* loss.weight.* of a term. */
double loss_weight(const LossOptions *o, enum LossTerm term);

/* The factors of the two losses for one of the batches of a step. images: those of the batch
 * whose tags are annotated, at least 1, with so many annotated pairs of image and tag;
 * captions: the images that have one, each of which makes a pair with each caption. share: 1 /
 * the number of batches. Losses that are means get share. Sums get 1, or share / the images of
 * the batch, or share / their terms in it: the pairs, or for a loss that is normalized over the
 * tags the images. So batches weigh the same in a step, however much of each is annotated. */
double loss_tag_factor(const LossOptions *o, double share, int64_t images, int64_t pairs);
double loss_align_factor(const LossOptions *o, double share, int64_t captions);

/* The share of one tile in the loss selected by o->tag -> []. */
Tensor *loss_tag(Tape *tape, const LossOptions *o, const LossInput *in);
/* The loss selected by o->align -> []. */
Tensor *loss_align(Tape *tape, const LossOptions *o, const LossInput *in);

/* Name of the loss in row i; "" if it does not apply to tags, NULL past the last row. */
const char *loss_tag_name(int i);
/* Name of the loss in row i; "" if it does not apply to captions, NULL past the last row. */
const char *loss_align_name(int i);

#endif
