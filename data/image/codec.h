/* SPDX-License-Identifier: Apache-2.0 */
/* The three image formats, each behind one function, so that every codec's header stays in its
 * own file, for data/image/image.c. Bytes may be hostile: any
 * defect is one ERROR_DATA error `FORMAT: why`; nothing is printed and *out stays empty. */
#ifndef RAMPLUS_DATA_IMAGE_CODEC_H
#define RAMPLUS_DATA_IMAGE_CODEC_H

#include "core/file.h"
#include "data/image/image.h"

int jpeg_decode(const uint8_t *bytes, size_t len, Image *out, Error *err);
int png_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out, Error *err);
int webp_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out,
                Error *err);

/* The file's bytes, owned by the caller (bytes_free). ERROR_RUNTIME when the codec fails. */
int jpeg_encode(const Image *image, int quality, Bytes *out, Error *err);
int png_encode(const Image *image, Bytes *out, Error *err);

/* The limits of data/image/image.h, and that `len` bytes could hold so many pixels at all: the best
 * that deflate does is 1,032 to 1 on 8 pixels a byte. Called before anything is allocated. */
int image_check_size(int64_t width, int64_t height, size_t len, Error *err);

/* Blends RGBA pixels over white: round((c a + 255 (255 - a)) / 255). rgb [pixels, 3] */
void image_blend_white(const uint8_t *rgba, int64_t pixels, uint8_t *rgb);

#endif
