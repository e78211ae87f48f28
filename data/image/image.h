/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit RGB images; decoding and encoding match Pillow, OpenCV and the reference byte for
 * byte. */
#ifndef RAMPLUS_DATA_IMAGE_IMAGE_H
#define RAMPLUS_DATA_IMAGE_IMAGE_H

#include "core/io/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Image {
    int64_t width, height; /* pixels, 1..IMAGE_MAX_SIDE each; at most 2^28 pixels in all */
    uint8_t *rgb;          /* [height, width, 3] */
    bool transparent;      /* its file has transparent pixels, see ImageAlpha */
    bool rotated;          /* its file asks for a rotation, which is not applied */
} Image;

Image image_new(int64_t width, int64_t height); /* black; owned by the caller */
void image_free(Image *image);                  /* frees and resets; accepts an empty image */

/* How transparent pixels are converted to RGB. */
enum ImageAlpha {
    IMAGE_ALPHA_DROP,  /* color as stored, like convert("RGB") */
    IMAGE_ALPHA_WHITE, /* blended over white */
};

enum {
    IMAGE_MAX_SIDE = 65535,
    /* Defaults of ImageRules, and the largest max_pixels. */
    IMAGE_MEGAPIXELS = 100,
    IMAGE_MOST_MEGAPIXELS = 268,
    IMAGE_MEBIBYTES = 512,
    IMAGE_SECONDS = 10,
};

/* How files are decoded, and what one may cost; 0 stands for the default. */
typedef struct ImageRules {
    enum ImageAlpha alpha;
    int64_t max_pixels;  /* megapixels */
    int64_t max_memory;  /* MiB: the file, its pixels and what the decoder needs beside them */
    int64_t max_seconds; /* for one image */
    struct TarCache *tars; /* tar files that are open for the next image; NULL: each image opens
                              its own; borrowed */
} ImageRules;

/* Reads the file of an image as it is, of at most max_memory. The path may lead into a tar file
 * (core/io/tar_path.h). The caller frees it with bytes_free. Codes of image_read. */
int image_bytes(const char *path, const ImageRules *rules, Bytes *out, Error *err);

/* Decode JPEG, PNG, WebP, GIF or BMP (of an animation the first frame), recognized by magic
 * bytes and not by file name. image_read reads what image_bytes does. rules: NULL stands for
 * the defaults. The caller owns *out (image_free). ERROR_DATA with path, format and the reason
 * if the image is missing, may not be read, is bad or above a limit; ERROR_RUNTIME if the
 * machine is at fault (core/io/file_open.h) or has no memory left, also after further tries:
 * nothing is known about the image.
 *
 * A truncated or corrupt file is read as far as possible, as Pillow does with
 * LOAD_TRUNCATED_IMAGES: rows that are missing stay black (in JPEG gray). *damage (may be NULL)
 * then holds the reason in the form of an error; of a sound image it stays empty. */
int image_read(const char *path, const ImageRules *rules, Image *out, Error *damage,
               Error *err);
int image_decode(const uint8_t *bytes, size_t len, const ImageRules *rules, Image *out,
                 Error *damage, Error *err);

/* Whether the file begins as one of these images, without decoding it. ERROR_DATA with path and
 * reason if it does not, or cannot be read; ERROR_RUNTIME. */
int image_check_kind(const char *path, Error *err);

/* Encode to the bytes of a file; the caller owns them (bytes_free). quality: 1..100.
 * ERROR_RUNTIME if the codec fails. */
int image_encode_png(const Image *image, Bytes *out, Error *err);
int image_encode_jpeg(const Image *image, int quality, Bytes *out, Error *err);

int image_write_png(const char *path, const Image *image, Error *err);

#endif
