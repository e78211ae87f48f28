/* SPDX-License-Identifier: Apache-2.0 */
/* Scaling an image to a given side, keeping its aspect ratio. */
#ifndef RAMPLUS_DATA_IMAGE_FIT_H
#define RAMPLUS_DATA_IMAGE_FIT_H

#include "data/image/resize.h"

enum FitSide { FIT_LONGEST, FIT_SHORTEST };

/* Resizes the image, up or down, so that its longest or shortest side becomes `side` pixels.
 * The other side is rounded to the nearest pixel, halves up, and is at least 1. The caller
 * owns *out (image_free). */
void image_scale(const Image *in, enum FitSide which, int64_t side, enum ResizeFilter filter,
                 Image *out);

/* Like image_scale, in place, but only if that side is longer than `side`. */
void image_fit(Image *image, enum FitSide which, int64_t side, enum ResizeFilter filter);

#endif
