/* SPDX-License-Identifier: Apache-2.0 */
/* From a decoded image to the network's input. */
#ifndef RAMPLUS_DATA_IMAGE_TRANSFORM_H
#define RAMPLUS_DATA_IMAGE_TRANSFORM_H

#include "core/rng.h"
#include "data/image/image.h"
#include "data/image/options.h"
#include "data/image/resize.h"

#include <stdbool.h>

typedef struct TransformConfig {
    int64_t size; /* pixels a side of the result */
    /* RandomResizedCrop: share of the area (scale_lo 1: no crop) and limits of the aspect ratio; probability of a
     * flip; RandAugment: operations (0: none), level of 10, AutoContrast. */
    AugmentOptions augment;
    double mean[3], std[3]; /* of pixels in [0, 1] */
} TransformConfig;

/* Training view: RandomResizedCrop (bicubic), flip, RandAugment, normalize; all random numbers from
 * rng. out [3, size, size] float32. */
void transform_train(const Image *in, const TransformConfig *config, Rng *rng, float *out);

/* Evaluation view: resize to size x size (bilinear, aspect ratio not kept), normalize. */
void transform_eval(const Image *in, int64_t size, const double mean[3], const double std[3],
                    float *out);

/* Work memory that grows to the largest image and is then reused: start with {0}. */
typedef struct TransformScratch {
    ResizeScratch resize;
    Image view, spare;
} TransformScratch;
void transform_scratch_free(TransformScratch *s); /* frees and empties */
void transform_train_with(const Image *in, const TransformConfig *config, Rng *rng,
                          TransformScratch *s, float *out);
void transform_eval_with(const Image *in, int64_t size, const double mean[3],
                         const double std[3], TransformScratch *s, float *out);

/* The box of RandomResizedCrop: ten tries at an area uniform in scale_lo..scale_hi of the whole with a
 * log-uniform ratio, then the largest centerd box within the ratio limits. */
Box transform_crop_box(int64_t width, int64_t height, const TransformConfig *config, Rng *rng);

#endif
