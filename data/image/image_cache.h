/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded images kept in memory within a budget. The first that fit stay: every epoch visits every
 * image once, so throwing out the oldest would never hit. Safe to use from several threads. */
#ifndef RAMPLUS_DATA_IMAGE_IMAGE_CACHE_H
#define RAMPLUS_DATA_IMAGE_IMAGE_CACHE_H

#include "data/image/image.h"

typedef struct ImageCache ImageCache;

/* Keys are 0..keys-1. budget: bytes of pixels. */
ImageCache *image_cache_new(int64_t keys, size_t budget);
void image_cache_free(ImageCache *c); /* accepts NULL */

/* The kept image, borrowed until image_cache_free, or NULL. */
const Image *image_cache_find(ImageCache *c, int64_t key);
/* Takes the image over (and empties *image) if it fits and none is kept under the key. */
void image_cache_keep(ImageCache *c, int64_t key, Image *image);

#endif
