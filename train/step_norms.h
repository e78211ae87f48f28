/* SPDX-License-Identifier: Apache-2.0 */
/* How strongly each term of the loss pulls at the image: the norms of the gradients of the
 * single terms with respect to image_embeds, the last representation that tags, captions and
 * teacher share. GradNorm (Chen et al. 2018, section 3.1) takes those of the weights of the
 * last shared layer.
 *
 * The terms run backward one after the other, so each gradient is what the last one added: a
 * probe after the tags, a copy after the teacher, and the rest in the end belongs to the
 * captions. No number of the backward pass changes. */
#ifndef RAMPLUS_TRAIN_STEP_NORMS_H
#define RAMPLUS_TRAIN_STEP_NORMS_H

#include "model/loss.h"
#include "model/ram_plus.h"

/* The gradients so far, in the arena of the tape. */
typedef struct StepNorms {
    Real *tag;     /* [B, 1+N, E]; NULL: not apart from the rest */
    Real *teacher; /* [B, E], of the pooled token alone; NULL: none */
} StepNorms;

/* After the tags, if captions follow. */
void step_norms_tags(StepNorms *s, Tape *tape, const RamPlusImage *image);
/* After the backward of the distillation loss alone. */
void step_norms_teacher(StepNorms *s, Tape *tape, const RamPlusImage *image);
/* In place of the part of tape_backward that follows image_embeds. rest: the term that has what
 * the two calls above have not seen. square: sums of squares, left as they are for terms
 * without gradient; NAN for all if image_embeds need none. A rest below the rounding of the
 * others is 0.
 */
void step_norms_end(StepNorms *s, Tape *tape, const RamPlusImage *image, enum LossTerm rest,
                    double square[LOSS_TERMS]);

#endif
