/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing. */
#include "core/hash_map.h"

#include "core/error.h"
#include "core/mem.h"

#include <string.h>

HashMap hash_map_new(int64_t max_keys)
{
    CHECK(max_keys >= 0, "%ld keys", max_keys);
    HashMap m = {.max_keys = max_keys};
    m.slot = mem_calloc(2 * (size_t)max_keys + 1, sizeof *m.slot);
    return m;
}

void hash_map_free(HashMap *m)
{
    mem_free(m->slot);
    *m = (HashMap){0};
}

/* The slot that holds the key, or the free slot where it belongs. Probing starts at the first 8
 * bytes of the key, modulo the number of slots, and ends because one slot is always free. */
static HashSlot *find(const HashMap *m, const uint8_t *key)
{
    const uint64_t slots = 2 * (uint64_t)m->max_keys + 1;
    uint64_t first;
    memcpy(&first, key, sizeof first);
    for (uint64_t i = first % slots;; i = (i + 1) % slots) {
        HashSlot *s = &m->slot[i];
        if (!s->value_plus_1 || memcmp(s->key, key, HASH_BYTES) == 0) return s;
    }
}

int64_t hash_map_get(const HashMap *m, const uint8_t key[static HASH_BYTES])
{
    return find(m, key)->value_plus_1 - 1;
}

bool hash_map_add(HashMap *m, const uint8_t key[static HASH_BYTES], int64_t value)
{
    CHECK(value >= 0, "value %ld", value);
    HashSlot *s = find(m, key);
    if (s->value_plus_1) return false;
    CHECK(m->count < m->max_keys, "more than %ld keys", m->max_keys);
    memcpy(s->key, key, HASH_BYTES);
    s->value_plus_1 = value + 1;
    m->count++;
    return true;
}

void hash_map_make_room(HashMap *m)
{
    if (m->count < m->max_keys) return;
    HashMap larger = hash_map_new(m->max_keys ? 2 * m->max_keys : 64);
    const int64_t slots = m->slot ? 2 * m->max_keys + 1 : 0;
    for (int64_t i = 0; i < slots; i++)
        if (m->slot[i].value_plus_1)
            hash_map_add(&larger, m->slot[i].key, m->slot[i].value_plus_1 - 1);
    hash_map_free(m);
    *m = larger;
}
