/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms a decoded image into the network's input. */
#ifndef RAMPLUS_DATA_IMAGE_TRANSFORM_H
#define RAMPLUS_DATA_IMAGE_TRANSFORM_H

#include "core/rng.h"
#include "data/image/image.h"
#include "data/image/options.h"
#include "data/image/resize.h"

#include <stdbool.h>

typedef struct TransformConfig {
    int64_t size; /* pixels per side of the result */
    /* RandomResizedCrop: limits of the area share (scale_lo 1: no crop) and of the aspect
     * ratio; flip probability; RandAugment: operations (0: none), level out of 10,
     * AutoContrast. */
    AugmentOptions augment;
    double mean[3], std[3]; /* of pixel values in [0, 1] */
} TransformConfig;

/* Work memory that grows to the largest image and is then reused. Initialize it with {0}. */
typedef struct TransformScratch {
    ResizeScratch resize;
    Image view, spare;
} TransformScratch;
void transform_scratch_free(TransformScratch *s); /* frees and resets */

/* Training view: RandomResizedCrop (bicubic), flip, RandAugment, normalization (x - mean) /
 * std. All random numbers come from rng. out [3, size, size] float32. */
void transform_train(const Image *in, const TransformConfig *config, Rng *rng,
                     TransformScratch *s, float *out);

/* Evaluation view: resizes to size x size (bilinear, aspect ratio not kept), then
 * normalizes. out [3, size, size] float32. */
void transform_eval(const Image *in, int64_t size, const double mean[3], const double std[3],
                    float *out);
void transform_eval_with(const Image *in, int64_t size, const double mean[3],
                         const double std[3], TransformScratch *s, float *out);

/* Any other evaluation view. */
typedef struct EvalView {
    int64_t size; /* pixels per side of the result */
    enum ResizeFilter filter;
    /* false: as transform_eval. true: resizes the shorter side to `size`, keeping the aspect
     * ratio, and takes the square in the middle, as CLIP does (torchvision's Resize and
     * CenterCrop). */
    bool shortest;
    const double *mean, *std; /* [3] */
} EvalView;

/* out [3, size, size] float32, normalized. */
void transform_view(const Image *in, const EvalView *view, float *out);

/* The box of RandomResizedCrop: up to ten draws of an area share uniform in
 * scale_lo..scale_hi and a log-uniform aspect ratio; if no draw fits, the largest centered
 * box within the ratio limits. */
Box transform_crop_box(int64_t width, int64_t height, const TransformConfig *config, Rng *rng);

#endif
