/* SPDX-License-Identifier: Apache-2.0 */
/* A map from 128-bit hashes to numbers. The keys are content hashes (core/hash.h), so equal
 * keys mean equal contents for all practical purposes. Any number of threads may read while
 * none adds. */
#ifndef RAMPLUS_CORE_HASH_MAP_H
#define RAMPLUS_CORE_HASH_MAP_H

#include "core/hash.h"

#include <stdbool.h>

typedef struct HashSlot {
    uint8_t key[HASH_BYTES];
    int64_t value_plus_1; /* 0: the slot is free */
} HashSlot;

typedef struct HashMap {
    int64_t max_keys, count;
    HashSlot *slot; /* [2 * max_keys + 1]: at most half full */
} HashMap;

enum { HASH_MAP_BYTES_PER_KEY = 2 * sizeof(HashSlot) };

/* An empty map with room for max_keys keys. It takes HASH_MAP_BYTES_PER_KEY for each of them.
 * The caller frees it with hash_map_free. */
HashMap hash_map_new(int64_t max_keys);
void hash_map_free(HashMap *m); /* accepts a zeroed map */

/* Doubles the room of a full map, so that one more key can be added; a zeroed map may be made
 * to grow, too. For maps whose number of keys is not known. */
void hash_map_make_room(HashMap *m);

/* The value stored under the key, or -1. Not for a zeroed map. */
int64_t hash_map_get(const HashMap *m, const uint8_t key[static HASH_BYTES]);

static inline bool hash_map_has(const HashMap *m, const uint8_t key[static HASH_BYTES])
{
    return hash_map_get(m, key) >= 0;
}

/* Stores value (>= 0) under the key and returns true; returns false and changes nothing if the
 * map already holds the key. Aborts on a new key beyond max_keys. */
bool hash_map_add(HashMap *m, const uint8_t key[static HASH_BYTES], int64_t value);

#endif
