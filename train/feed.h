/* SPDX-License-Identifier: Apache-2.0 */
/* Complete inputs of a step: images and tags from the loader, caption vectors, and features of
 * the teacher. */
#ifndef RAMPLUS_TRAIN_FEED_H
#define RAMPLUS_TRAIN_FEED_H

#include "train/run/run_inputs.h"
#include "train/step.h"

typedef struct Feed {
    float *text;          /* [B, E] vectors of the captions of the batch; NULL: no alignment */
    const char **caption; /* [B] those that there are */
    float *clip_image;    /* [B, E] the teacher's features; NULL: no distillation */
    int64_t samples;      /* per step: accumulate x B */
    int64_t *sample;      /* [samples] indices of the step's records, for messages */
} Feed;

Feed feed_open(const RunInputs *in); /* owned: feed_close */
void feed_close(Feed *f);            /* accepts an empty feed */

/* Gets batch i of a step in this epoch; its arrays are borrowed until the next call. Skips
 * records of an earlier epoch. Codes of loader_next and of the text encoder. */
int feed_next(Feed *f, const RunInputs *in, int64_t epoch, int64_t i, StepInput *out,
              Error *err);

#endif
