/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's towers from a file of weights with the names of Hugging Face
 * (google/siglip-base-patch16-224 and its relatives). The parameters have these names, except
 * for those of the blocks, which are CLIP's (model/clip/clip_block.h). */
#ifndef RAMPLUS_MODEL_CLIP_SIGLIP_FILE_H
#define RAMPLUS_MODEL_CLIP_SIGLIP_FILE_H

#include "model/clip/options.h"
#include "model/clip/siglip_image.h"
#include "model/clip/siglip_text.h"

/* Whether a file of weights holds both towers of a SigLIP. */
bool siglip_file_is(const char *path);

/* Load a frozen tower with its parameters from clip.weights. The text tower must have features
 * of width dim unless that is 0. The heads are those of config.json next to the weights, or
 * width / 64 (16 for a width of 1152), unless clip.text_heads and
 * clip.image_heads are set; ERROR_USAGE for another width. ERROR_DATA, ERROR_CHECKPOINT and
 * ERROR_USAGE as clip_file_text. Owned. */
int siglip_file_text(const ClipOptions *options, int64_t dim, ParamSet **params,
                     SiglipText **out, Error *err);
int siglip_file_image(const ClipOptions *options, ParamSet **params, SiglipImage **out,
                      Error *err);

/* exp(logit_scale) and logit_bias, of which sigmoid(scale cosine + bias) is the probability
 * that image and text belong together. ERROR_CHECKPOINT if they are missing. */
int siglip_file_sigmoid(const ClipOptions *options, double *scale, double *bias, Error *err);

#endif
