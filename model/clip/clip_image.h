/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's image tower, a ViT (Radford et al. 2021; VisionTransformer in model.py of
 * openai/CLIP), from pixels to the feature at the class token. The last block is computed only
 * at the class token. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_IMAGE_H
#define RAMPLUS_MODEL_CLIP_CLIP_IMAGE_H

#include "model/clip/clip_block.h"

typedef struct ClipImageConfig {
    ClipSizes sizes;
    int64_t patch;      /* side of a patch, pixels */
    int64_t image_size; /* S, pixels; divisible by patch */
} ClipImageConfig;

typedef struct ClipImage ClipImage;

/* ERROR_DATA for sizes that do not fit together. */
int clip_image_check(const ClipImageConfig *config, Error *err);
/* Adds the parameters under the names in OpenAI's files; projections are (out, in). Owned:
 * clip_image_free. */
ClipImage *clip_image_new(const ClipImageConfig *config, ParamSet *ps);
void clip_image_free(ClipImage *m);                           /* accepts NULL */
const ClipImageConfig *clip_image_config(const ClipImage *m); /* borrowed */

/* image [B, 3, S, S], scaled and normalized with CLIP's constants -> [B, E], not normalized. */
Tensor *clip_image_forward(Tape *t, const ClipImage *m, Tensor *image);

#endif
