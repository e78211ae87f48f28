/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders and encoders of the image formats, used by data/image/image.c. Each codec is one
 * function per direction, so its foreign header stays in one .c file. The bytes may be
 * hostile: a file without a single pixel is one error ERROR_DATA `FORMAT: why`, and *out
 * stays empty, also if it exceeds its budget; if some pixels can be decoded, the others are
 * black (in JPEG gray) and *damage says why. A lack of memory is ERROR_RUNTIME. Nothing is
 * printed. */
#ifndef RAMPLUS_DATA_IMAGE_CODEC_H
#define RAMPLUS_DATA_IMAGE_CODEC_H

#include "core/io/file.h"
#include "data/image/budget.h"
#include "data/image/image.h"

typedef int ImageDecode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
                        const ImageBudget *budget, Image *out, Error *damage, Error *err);
ImageDecode jpeg_decode, png_decode, webp_decode, gif_decode, bmp_decode;

/* The encoded file; the caller owns it (bytes_free). ERROR_RUNTIME if the codec fails. */
int jpeg_encode(const Image *image, int quality, Bytes *out, Error *err);
int png_encode(const Image *image, Bytes *out, Error *err);

/* Fills the image from RGBA pixels [height, width, 4]: drops alpha, or blends over white:
 * round((c a + 255 (255 - a)) / 255). */
void image_flatten(const uint8_t *rgba, enum ImageAlpha alpha, Image *out);

#endif
