/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit RGB images and what Pillow, OpenCV and the reference do to them, to the byte. */
#ifndef RAMPLUS_DATA_IMAGE_IMAGE_H
#define RAMPLUS_DATA_IMAGE_IMAGE_H

#include "core/file.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Image {
    int64_t width, height; /* pixels, 1..65535 each, at most 2^28 together */
    uint8_t *rgb;          /* [height, width, 3] */
} Image;

Image image_new(int64_t width, int64_t height); /* uninitialized; owned by the caller */
void image_free(Image *image);                  /* frees and empties; accepts an empty one */

/* What happens to transparent pixels. */
enum ImageAlpha {
    IMAGE_ALPHA_DROP,  /* color as stored, like convert("RGB") */
    IMAGE_ALPHA_WHITE, /* blended over white */
};

/* Decodes JPEG, PNG or WebP by magic bytes, whatever the name says. A cut JPEG decodes with its missing
 * rows gray, as Pillow does. ERROR_DATA with path, format and the codec's reason. */
int image_read(const char *path, enum ImageAlpha alpha, Image *out, Error *err);
int image_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out,
                 Error *err);

/* The bytes of a file, owned by the caller (bytes_free). quality in 1..100. ERROR_RUNTIME when the codec
 * fails. */
int image_encode_png(const Image *image, Bytes *out, Error *err);
int image_encode_jpeg(const Image *image, int quality, Bytes *out, Error *err);

int image_write_png(const char *path, const Image *image, Error *err);
int image_write_jpeg(const char *path, const Image *image, int quality, Error *err);

#endif
