/* SPDX-License-Identifier: Apache-2.0 */
/* Equal images, by a hash of their pixels. */
#ifndef RAMPLUS_DATA_FOLDER_PIXEL_HASH_H
#define RAMPLUS_DATA_FOLDER_PIXEL_HASH_H

#include "core/hash.h"
#include "data/image/image.h"

/* Hashes width, height and pixels. */
void pixel_hash(const Image *image, uint8_t out[static HASH_BYTES]);

#endif
