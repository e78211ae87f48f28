/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded images kept in memory within a budget. The first images that fit stay: every epoch
 * visits every image once, so evicting the oldest would never produce a hit. The functions
 * are thread-safe, except image_cache_free. */
#ifndef RAMPLUS_DATA_IMAGE_IMAGE_CACHE_H
#define RAMPLUS_DATA_IMAGE_IMAGE_CACHE_H

#include "data/image/image.h"

typedef struct ImageCache ImageCache;

/* Keys are 0..keys-1. budget: bytes of pixels. The caller owns the cache (image_cache_free). */
ImageCache *image_cache_new(int64_t keys, size_t budget);
void image_cache_free(ImageCache *c); /* accepts NULL */

/* The image stored under the key, borrowed until image_cache_free, or NULL. */
const Image *image_cache_find(ImageCache *c, int64_t key);
/* Stores the image if it fits and the key is free: the cache then owns its pixels and *image
 * is emptied. */
void image_cache_keep(ImageCache *c, int64_t key, Image *image);

#endif
