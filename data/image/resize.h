/* SPDX-License-Identifier: Apache-2.0 */
/* Pillow's antialiased resampling (up to version 10.4), equal in every byte. */
#ifndef RAMPLUS_DATA_IMAGE_RESIZE_H
#define RAMPLUS_DATA_IMAGE_RESIZE_H

#include "data/image/image.h"

enum ResizeFilter { RESIZE_BILINEAR, RESIZE_BICUBIC };

typedef struct Box {
    int64_t left, top, width, height; /* pixels, inside the image */
} Box;

/* Crop to box, then resize to width x height. *out is owned by the caller (image_free). */
void resize_crop(const Image *in, Box box, int64_t width, int64_t height,
                 enum ResizeFilter filter, Image *out);

/* Work memory that grows to the largest image and is then reused: start with {0}. */
typedef struct ResizeScratch {
    uint8_t *bytes;
    size_t room;
} ResizeScratch;
void resize_scratch_free(ResizeScratch *s); /* frees and empties */

/* The same into an image that already has the wanted size; it may not be `in`. */
void resize_crop_into(const Image *in, Box box, enum ResizeFilter filter, ResizeScratch *s,
                      Image *out);

#endif
