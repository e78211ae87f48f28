/* SPDX-License-Identifier: Apache-2.0 */
/* Batches with all that a step needs: the loader's images and tags, the vectors of the
 * captions, the teacher's features. */
#ifndef RAMPLUS_TRAIN_FEED_H
#define RAMPLUS_TRAIN_FEED_H

#include "train/run_inputs.h"
#include "train/step.h"

typedef struct Feed {
    float *text;       /* [B, E] caption vectors of the batch; NULL: no alignment */
    float *clip_image; /* [B, E] the teacher's features; NULL: no distillation */
    int64_t samples;   /* of a step: accumulate x B */
    int64_t *sample;   /* [samples] records of the step, for messages */
} Feed;

Feed feed_open(const RunInputs *in); /* owned: feed_close */
void feed_close(Feed *f);            /* accepts an empty one */

/* Batch i of a step in this epoch, borrowed until the next call. Records of an earlier epoch
 * are passed over. Codes of loader_next and of the text encoder. */
int feed_next(Feed *f, const RunInputs *in, int64_t epoch, int64_t i, StepInput *out,
              Error *err);

#endif
