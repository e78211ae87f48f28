/* SPDX-License-Identifier: Apache-2.0 */
/* Pillow's antialiased resampling (up to version 10.4), byte for byte. */
#ifndef RAMPLUS_DATA_IMAGE_RESIZE_H
#define RAMPLUS_DATA_IMAGE_RESIZE_H

#include "data/image/image.h"

enum ResizeFilter { RESIZE_BILINEAR, RESIZE_BICUBIC };

typedef struct Box {
    int64_t left, top, width, height; /* pixels, inside the image */
} Box;

/* Crops to the box, then resizes to width x height. The caller owns *out (image_free). */
void resize_crop(const Image *in, Box box, int64_t width, int64_t height,
                 enum ResizeFilter filter, Image *out);

/* Work memory that grows to the largest image and is then reused. Initialize it with {0}. */
typedef struct ResizeScratch {
    uint8_t *bytes;
    size_t room;
} ResizeScratch;
void resize_scratch_free(ResizeScratch *s); /* frees and resets */

/* Like resize_crop, into an image that already has the target size; `out` must differ from
 * `in`. */
void resize_crop_into(const Image *in, Box box, enum ResizeFilter filter, ResizeScratch *s,
                      Image *out);

#endif
