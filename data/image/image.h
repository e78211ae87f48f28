/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit RGB images; decoding and encoding match Pillow, OpenCV and the reference byte for
 * byte. */
#ifndef RAMPLUS_DATA_IMAGE_IMAGE_H
#define RAMPLUS_DATA_IMAGE_IMAGE_H

#include "core/io/file.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Image {
    int64_t width, height; /* pixels, 1..65535 each; at most 2^28 pixels in all */
    uint8_t *rgb;          /* [height, width, 3] */
} Image;

Image image_new(int64_t width, int64_t height); /* pixels uninitialized; owned by the caller */
void image_free(Image *image);                  /* frees and resets; accepts an empty image */

/* How transparent pixels are converted to RGB. */
enum ImageAlpha {
    IMAGE_ALPHA_DROP,  /* color as stored, like convert("RGB") */
    IMAGE_ALPHA_WHITE, /* blended over white */
};

/* Decode JPEG, PNG or WebP, recognized by magic bytes and not by file name. A truncated JPEG
 * decodes with its missing rows gray, as in Pillow. ERROR_DATA with path, format and the
 * codec's reason. The caller owns *out (image_free). */
int image_read(const char *path, enum ImageAlpha alpha, Image *out, Error *err);
int image_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out,
                 Error *err);

/* Encode to the bytes of a file; the caller owns them (bytes_free). quality: 1..100.
 * ERROR_RUNTIME if the codec fails. */
int image_encode_png(const Image *image, Bytes *out, Error *err);
int image_encode_jpeg(const Image *image, int quality, Bytes *out, Error *err);

int image_write_png(const char *path, const Image *image, Error *err);
int image_write_jpeg(const char *path, const Image *image, int quality, Error *err);

#endif
