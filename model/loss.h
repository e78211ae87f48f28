/* SPDX-License-Identifier: Apache-2.0 */
/* The losses of tagging and of image-text alignment, and the options loss.*. To add a loss, see
 * model/losses/loss_kind.h. */
#ifndef RAMPLUS_MODEL_LOSS_H
#define RAMPLUS_MODEL_LOSS_H

#include "model/losses/loss_kind.h"

enum { LOSS_MAX = 16 /* maximum number of rows of the table */ };

typedef struct LossOptions {
    int tag, align;                                  /* rows of the table */
    double weight_tag, weight_distill, weight_align; /* 0: the term is left out */
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

/* Whether the alignment loss is a mean over the batch; all others are sums. */
bool loss_align_is_mean(const LossOptions *o);

/* The share of one tile in the loss selected by o->tag -> []. */
Tensor *loss_tag(Tape *tape, const LossOptions *o, const LossInput *in);
/* The loss selected by o->align -> []. */
Tensor *loss_align(Tape *tape, const LossOptions *o, const LossInput *in);

/* Name of the loss in row i; "" if it does not apply to tags, NULL past the last row. */
const char *loss_tag_name(int i);
/* Name of the loss in row i; "" if it does not apply to captions, NULL past the last row. */
const char *loss_align_name(int i);

#endif
