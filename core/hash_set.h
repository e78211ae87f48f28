/* SPDX-License-Identifier: Apache-2.0 */
/* A set of 128-bit hashes. Reading is safe from many threads while nobody adds. */
#ifndef RAMPLUS_CORE_HASH_SET_H
#define RAMPLUS_CORE_HASH_SET_H

#include "core/hash.h"

#include <stdbool.h>

typedef struct HashSet {
    int64_t slots;
    uint8_t *slot; /* [slots, 1 + HASH_BYTES]: is it taken, by which hash */
} HashSet;

HashSet hash_set_new(int64_t most); /* room for so many; owned by the caller */
void hash_set_free(HashSet *s);
bool hash_set_has(const HashSet *s, const uint8_t hash[static HASH_BYTES]);
void hash_set_add(HashSet *s, const uint8_t hash[static HASH_BYTES]);

#endif
