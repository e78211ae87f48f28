/* SPDX-License-Identifier: Apache-2.0 */
/* transform_train with work memory of its own. */
#ifndef RAMPLUS_TESTS_DATA_IMAGE_TRAIN_VIEW_H
#define RAMPLUS_TESTS_DATA_IMAGE_TRAIN_VIEW_H

#include "data/image/transform.h"

static inline void train_view(const Image *in, const TransformConfig *config, Rng *rng,
                              float *out)
{
    TransformScratch s = {0};
    transform_train(in, config, rng, &s, out);
    transform_scratch_free(&s);
}

#endif
