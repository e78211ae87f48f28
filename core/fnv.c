/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a. */
#include "core/fnv.h"

static const uint64_t prime = UINT64_C(0x100000001b3);

uint64_t fnv_add(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n; i++) hash = (hash ^ byte[i]) * prime;
    return hash;
}
