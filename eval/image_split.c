/* SPDX-License-Identifier: Apache-2.0 */
/* Names to numbers. */
#include "eval/image_split.h"

#include "core/hash.h"

#include <string.h>

double image_split(const char *image)
{
    uint8_t hash[HASH_BYTES];
    hash_of(image, strlen(image), hash);
    return hash[0] * 0x1p-8 + hash[1] * 0x1p-16 + hash[2] * 0x1p-24;
}
