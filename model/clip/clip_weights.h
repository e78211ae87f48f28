/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's weights in files, with the names of OpenAI (also used by open_clip) or of Hugging
 * Face. Sizes are inferred from the shapes of the tensors. A file may contain one tower or
 * both. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_WEIGHTS_H
#define RAMPLUS_MODEL_CLIP_CLIP_WEIGHTS_H

#include "core/autograd/param.h"
#include "core/formats/tensor_set.h"
#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"

/* Removes what stands before the names of each tower, such as "module." or the "text." of
 * open_clip's own text classes, so that the functions below find them. ERROR_DATA if a tower is
 * there twice. */
int clip_weights_rename(TensorSet *set, Error *err);

/* Whether the set contains the tower. */
bool clip_weights_has_text(const TensorSet *set);
bool clip_weights_has_image(const TensorSet *set);

/* Infers the sizes of a tower. Those that do not follow from shapes are set as in the published
 * models: width / 64 heads (at least 1) and QuickGELU; the caller may change both.
 * ERROR_CHECKPOINT names the tensor that is missing or has an invalid shape. */
int clip_weights_text(const TensorSet *set, ClipTextConfig *out, Error *err);
int clip_weights_image(const TensorSet *set, ClipImageConfig *out, Error *err);

/* Builds ps without gradients and loads every parameter. ERROR_CHECKPOINT for a missing tensor
 * or another shape, with both shapes; this is checked before anything is allocated. */
int clip_weights_load(const TensorSet *set, ParamSet *ps, Error *err);

/* The number of tensors of the set that belong to neither tower. *first receives the name of
 * the first one (borrowed; NULL: none). */
int64_t clip_weights_unexpected(const TensorSet *set, const char **first);

#endif
