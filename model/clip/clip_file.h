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

/* Whether a file of weights holds both towers of a CLIP. */
bool clip_file_is(const char *path);
/* exp(logit_scale) of the file, by which CLIP multiplies the cosines of images and texts; 100,
 * to which CLIP's training limits it, with a warning if the file has none. ERROR_DATA. */
int clip_file_scale(const ClipOptions *options, double *out, Error *err);

#endif
