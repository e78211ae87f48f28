/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes images. */
#include "data/folder/pixel_hash.h"

void pixel_hash(const Image *image, uint8_t out[static HASH_BYTES])
{
    const int64_t size[2] = {image->width, image->height};
    Hash *h = hash_new();
    hash_add(h, size, sizeof size);
    hash_add(h, image->rgb, (size_t)(3 * image->width * image->height));
    hash_result(h, out);
    hash_free(h);
}
