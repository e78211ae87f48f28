/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's image tower, a ViT (Radford et al. 2021; VisionTransformer in model.py of openai/CLIP): pixels
 * to a feature at the class token. The last block works at the class token only. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_IMAGE_H
#define RAMPLUS_MODEL_CLIP_CLIP_IMAGE_H

#include "model/clip/clip_block.h"

typedef struct ClipImageConfig {
    ClipSizes sizes;
    int64_t patch;      /* side of a patch, pixels */
    int64_t image_size; /* S, pixels; divisible by patch */
} ClipImageConfig;

typedef struct ClipImage ClipImage;

int clip_image_check(const ClipImageConfig *config, Error *err); /* ERROR_DATA */
/* Adds the parameters under the names of OpenAI's files; projections are (out, in). Owned: clip_image_free. */
ClipImage *clip_image_new(const ClipImageConfig *config, ParamSet *ps);
void clip_image_free(ClipImage *m); /* accepts NULL */
const ClipImageConfig *clip_image_config(const ClipImage *m);

/* image [B, 3, S, S], scaled and normalized with CLIP's constants -> [B, E], not normalized. */
Tensor *clip_image_forward(Tape *t, const ClipImage *m, Tensor *image);

#endif
