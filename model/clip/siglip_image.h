/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's image tower (Zhai et al. 2023; modeling_siglip.py of Hugging Face): a ViT without a
 * class token, whose feature is attention pooling over all patches. For inference. */
#ifndef RAMPLUS_MODEL_CLIP_SIGLIP_IMAGE_H
#define RAMPLUS_MODEL_CLIP_SIGLIP_IMAGE_H

#include "model/clip/clip_image.h"

typedef struct SiglipImage SiglipImage;

/* The sizes of the config as clip_image_check; embed is the width. Adds the parameters under
 * the names of model/clip/siglip_file.h. Owned: siglip_image_free. */
SiglipImage *siglip_image_new(const ClipImageConfig *config, ParamSet *ps);
void siglip_image_free(SiglipImage *m);                           /* accepts NULL */
const ClipImageConfig *siglip_image_config(const SiglipImage *m); /* borrowed */

/* image [B, 3, S, S], in [-1, 1] -> [B, E], not normalized. CHECKs that the tape does not
 * record. */
Tensor *siglip_image_forward(Tape *t, const SiglipImage *m, Tensor *image);

#endif
