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

/* The learnable parameters of the two losses, [1] each and NULL where a loss has fewer. Borrowed from
 * their ParamSet. */
typedef struct LossParams {
    Tensor *tag[LOSS_PARAMS], *align[LOSS_PARAMS];
} LossParams;

/* Adds "loss.tag.NAME" and "loss.align.NAME" to ps, without weight decay; a file may lack them. Only for terms
 * whose weight is not 0. */
LossParams loss_params(const LossOptions *o, ParamSet *ps);

/* Whether the loss of the tags needs y_sum, the number of tags of each image, and lse, the log-sum-exp of all
 * its logits. */
bool loss_tag_is_normalized(const LossOptions *o);

/* The tile's share of the loss that `o->tag` names -> []. */
Tensor *loss_tag(Tape *tape, const LossOptions *o, const LossInput *in);
/* The loss that `o->align` names -> []. */
Tensor *loss_align(Tape *tape, const LossOptions *o, const LossInput *in);

/* Name of the loss of row i for tags; "" where it is for captions alone, NULL past the last row. */
const char *loss_tag_name(int i);
/* The same for captions. */
const char *loss_align_name(int i);

#endif
