/* SPDX-License-Identifier: Apache-2.0 */
/* One forward and backward pass of RAM++ over a batch: computes the three losses and adds their
 * gradients to the ParamSet. The decoder processes the tags in tiles, so that memory is bounded
 * by the tile. */
#ifndef RAMPLUS_TRAIN_STEP_H
#define RAMPLUS_TRAIN_STEP_H

#include "core/autograd/shards.h"
#include "core/ops/ops.h"
#include "model/loss.h"
#include "model/ram_plus.h"

typedef struct StepConfig {
    const LossOptions *loss; /* enabled losses, their weights and constants; borrowed */
    LossParams params;       /* the losses' learnable parameters */
    int64_t epoch;           /* counted from 0 */
    int64_t tile;            /* decoder rows (images x tags) per tile */
    const double *factor;    /* [LOSS_TERMS] of the weights; NULL: 1; borrowed */
} StepConfig;

typedef struct StepInput {
    int64_t B;
    const float *image;      /* [B, 3, S, S] */
    IdSets tags;             /* tags of the B images as indices into the bank */
    const float *clip_image; /* [B, E] teacher features, or NULL: no distillation */
    /* [C, E] unit caption vectors of the C images that have one, in order, or NULL: no
     * alignment */
    const float *text;
    const bool *tagged;    /* [B] the tags of the image are annotated; NULL: all are */
    const bool *captioned; /* [B] the image has a caption; NULL: all have */
    /* tags that are not annotated, of images whose other tags are; offset NULL: none */
    IdSets unknown;
} StepInput;

typedef struct StepLosses {
    double tag, distill, align; /* unweighted */
    double total;               /* weighted sum */
    /* by enum LossTerm: the square of the gradient's norm, as train/step_norms.h defines it, of
     * the weighted term, over all images; 0 for a term that is off */
    double square[LOSS_TERMS];
    int64_t tagged, captioned; /* images that trained the tagging, the alignment */
} StepLosses;

/* Uses the training flag and the step number of the tapes, and resets the tapes. Their arenas
 * provide all memory: after a few steps of one size nothing is allocated.
 * Losses that are sums over the batch add up over the batches of a step, so they and their
 * gradients are those of one large batch. share, 1 / the number of batches, is the factor of
 * losses that are means: distillation and some alignment losses; loss.reduction divides the
 * others.
 * The tagging loss sees the images whose tags are annotated, without the unknown pairs, and the
 * alignment loss those with a caption, B' of them as a batch of B'; all see the teacher. A term
 * without images is left out. */
StepLosses step_run(Shards *shards, const RamPlus *m, const LabelBank *bank,
                    const StepConfig *config, const StepInput *input, double share);

/* norm [LOSS_TERMS]: the norms of the gradients of the terms. */
void step_term_norms(const StepLosses *l, double norm[LOSS_TERMS]);

/* sum += l, term by term. */
void step_losses_add(StepLosses *sum, const StepLosses *l);

/* Whether all losses and the gradient norm are finite. */
bool step_is_finite(const StepLosses *l, double grad_norm);

#endif
