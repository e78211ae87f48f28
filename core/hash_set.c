/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full; hashes are their own scatter. */
#include "core/hash_set.h"

#include "core/error.h"
#include "core/mem.h"

#include <string.h>

enum { SLOT = 1 + HASH_BYTES };

HashSet hash_set_new(int64_t most)
{
    CHECK(most >= 0, "%lld hashes", (long long)most);
    HashSet s = {.slots = 2 * most + 1};
    s.slot = mem_calloc((size_t)s.slots, SLOT);
    return s;
}

void hash_set_free(HashSet *s)
{
    mem_free(s->slot);
    *s = (HashSet){0};
}

/* The slot of this hash, or the free one where it belongs. */
static uint8_t *find(const HashSet *s, const uint8_t *hash)
{
    uint64_t first;
    memcpy(&first, hash, sizeof first);
    for (int64_t i = 0; i < s->slots; i++) {
        uint8_t *slot = s->slot + SLOT * (size_t)((first + (uint64_t)i) % (uint64_t)s->slots);
        if (!slot[0] || memcmp(slot + 1, hash, HASH_BYTES) == 0) return slot;
    }
    CHECK(false, "more hashes than the set has room for");
    return NULL;
}

bool hash_set_has(const HashSet *s, const uint8_t hash[static HASH_BYTES])
{
    return find(s, hash)[0] != 0;
}

void hash_set_add(HashSet *s, const uint8_t hash[static HASH_BYTES])
{
    uint8_t *slot = find(s, hash);
    slot[0] = 1;
    memcpy(slot + 1, hash, HASH_BYTES);
}
