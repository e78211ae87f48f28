/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's towers from a file of weights. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_FILE_H
#define RAMPLUS_MODEL_CLIP_CLIP_FILE_H

#include "core/autograd/param.h"
#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"
#include "model/clip/options.h"

/* Loads a frozen tower with its parameters. Its features must have width dim unless dim is 0.
 * *params and *out are owned by the caller: param_set_free, clip_text_free or clip_image_free.
 * ERROR_USAGE without a file name, ERROR_DATA for another width or an unreadable file,
 * ERROR_CHECKPOINT for tensors that do not fit. */
int clip_file_text(const ClipOptions *options, int64_t dim, ParamSet **params, ClipText **out,
                   Error *err);
/* As clip_file_text; if the file has no image tower, *out is NULL and the result is still 0. */
int clip_file_image(const ClipOptions *options, int64_t dim, ParamSet **params, ClipImage **out,
                    Error *err);

#endif
