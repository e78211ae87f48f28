/* SPDX-License-Identifier: Apache-2.0 */
/* The images of a batch that a term of the loss is trained on: those whose tags are annotated,
 * and those that have a caption. */
#ifndef RAMPLUS_TRAIN_STEP_IMAGES_H
#define RAMPLUS_TRAIN_STEP_IMAGES_H

#include "core/ops/ops.h"
#include "model/ram_plus.h"

/* How many of the first B images. which [B]; NULL: all of them. */
int64_t step_images_count(const bool *which, int64_t B);

/* These n > 0 images alone, recorded on the tape; all of them are returned as they are. */
RamPlusImage step_images_select(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                                const bool *which, int64_t n);

/* Their sets; those of the other images must be empty. In the arena, or `sets` itself. */
IdSets step_images_sets(Tape *tape, IdSets sets, const bool *which, int64_t B, int64_t n);

#endif
