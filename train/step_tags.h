/* SPDX-License-Identifier: Apache-2.0 */
/* The tagging loss of a shard: its tags pass through the decoder in tiles, each with its own
 * forward, loss and backward pass. */
#ifndef RAMPLUS_TRAIN_STEP_TAGS_H
#define RAMPLUS_TRAIN_STEP_TAGS_H

#include "core/ops/ops.h"
#include "model/loss.h"
#include "model/ram_plus.h"

typedef struct StepTags {
    const RamPlus *model;
    const LabelBank *bank;
    const LossOptions *loss;
    Tensor *const *param; /* of the loss: [LOSS_PARAMS] */
    int64_t epoch;
    int64_t images;       /* T > 0 of the shard, those whose tags are annotated */
    RamPlusImage image;   /* [T, ...] */
    IdSets tags, unknown; /* of the T images; unknown.offset NULL: no tag is */
    int64_t rows;         /* decoder rows (images x tags) per tile */
    double weight, factor;
} StepTags;

/* Adds the gradients of the loss, times weight and factor; returns the loss times factor. */
double step_tags_run(Tape *tape, const StepTags *in);

#endif
