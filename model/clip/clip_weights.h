/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's weights in files: names of OpenAI's own files (open_clip uses them too) and of Hugging Face's,
 * sizes inferred from the shapes of the tensors. Each tower may be alone in a file. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_WEIGHTS_H
#define RAMPLUS_MODEL_CLIP_CLIP_WEIGHTS_H

#include "core/autograd/param.h"
#include "core/formats/tensor_set.h"
#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"

/* Whether the set holds the tower. */
bool clip_weights_has_text(const TensorSet *set);
bool clip_weights_has_image(const TensorSet *set);

/* Sizes of a tower. What shapes do not tell is the published models': width / 64 heads (at least 1) and
 * QuickGELU; the caller may change both. ERROR_CHECKPOINT names the tensor that is missing or odd. */
int clip_weights_text(const TensorSet *set, ClipTextConfig *out, Error *err);
int clip_weights_image(const TensorSet *set, ClipImageConfig *out, Error *err);

/* Builds ps frozen and fills every parameter. A missing tensor or another shape is ERROR_CHECKPOINT, with
 * both shapes, before anything is allocated. */
int clip_weights_load(const TensorSet *set, ParamSet *ps, Error *err);

/* How many tensors of the set belong to neither tower; the first is named in *first (borrowed; NULL: none). */
int64_t clip_weights_unexpected(const TensorSet *set, const char **first);

#endif
