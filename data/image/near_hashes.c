/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-index hashing with four tables, one after the other. */
#include "data/image/near_hashes.h"

#include "core/error.h"
#include "core/mem.h"
#include "data/image/phash.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCKS = 4, KEYS = 1 << 16 };

typedef struct Search {
    const uint64_t *hash;
    int64_t n;
    int distance, radius; /* of hashes, of blocks */
    uint16_t *key;        /* [BLOCKS, n] */
    int64_t *start;       /* [KEYS + 1] into item, of the present block */
    int32_t *item;        /* [n] hashes by key of the present block, then by index */
    uint16_t *mask;       /* differences of keys within the radius */
    int64_t masks;
} Search;

/* Bits b, b + 4, b + 8, ...: each block has bits of all parts of the hash. */
static uint16_t key_of(uint64_t hash, int block)
{
    unsigned key = 0;
    for (int i = 0; i < 16; i++) key |= (unsigned)(hash >> (BLOCKS * i + block) & 1) << i;
    return (uint16_t)key;
}

static uint16_t key_at(const Search *s, int block, int64_t i)
{
    return s->key[block * s->n + i];
}

static void list_masks(Search *s)
{
    s->mask = mem_calloc(KEYS, sizeof *s->mask);
    for (int m = 0; m < KEYS; m++)
        if (__builtin_popcount((unsigned)m) <= s->radius) s->mask[s->masks++] = (uint16_t)m;
}

/* Sorts the hashes by their keys of a block. */
static void fill_table(Search *s, int block)
{
    memset(s->start, 0, (KEYS + 1) * sizeof *s->start);
    for (int64_t i = 0; i < s->n; i++) s->start[key_at(s, block, i) + 1]++;
    for (int k = 0; k < KEYS; k++) s->start[k + 1] += s->start[k];
    for (int64_t i = s->n - 1; i >= 0; i--)
        s->item[--s->start[key_at(s, block, i) + 1]] = (int32_t)i;
    /* Each start has moved to that of the key before it. */
    memmove(s->start, s->start + 1, KEYS * sizeof *s->start);
    s->start[KEYS] = s->n;
}

/* Whether an earlier block is near, too: then the pair has been found. */
static bool is_known(const Search *s, int block, int64_t a, int64_t b)
{
    for (int i = 0; i < block; i++)
        if (__builtin_popcount((unsigned)(key_at(s, i, a) ^ key_at(s, i, b))) <= s->radius)
            return true;
    return false;
}

static void compare_with(const Search *s, int block, int64_t a, int key,
                         void (*found)(void *, int64_t, int64_t, int), void *to)
{
    for (int64_t i = s->start[key + 1] - 1; i >= s->start[key] && s->item[i] > a; i--) {
        const int64_t b = s->item[i];
        const int d = phash_distance(s->hash[a], s->hash[b]);
        if (d <= s->distance && !is_known(s, block, a, b)) found(to, a, b, d);
    }
}

void near_hashes(const uint64_t *hash, int64_t n, int distance,
                 void (*found)(void *to, int64_t a, int64_t b, int distance), void *to)
{
    CHECK(distance >= 0 && distance <= NEAR_DISTANCE, "distance %d", distance);
    CHECK(n >= 0 && n <= INT32_MAX, "%ld hashes", n);
    if (n < 2) return;
    Search s = {.hash = hash, .n = n, .distance = distance, .radius = distance / BLOCKS};
    s.key = mem_calloc((size_t)n, BLOCKS * sizeof *s.key);
    s.start = mem_calloc(KEYS + 1, sizeof *s.start);
    s.item = mem_calloc((size_t)n, sizeof *s.item);
    list_masks(&s);
    for (int block = 0; block < BLOCKS; block++)
        for (int64_t i = 0; i < n; i++) s.key[block * n + i] = key_of(hash[i], block);
    for (int block = 0; block < BLOCKS; block++) {
        fill_table(&s, block);
        for (int64_t a = 0; a < n; a++)
            for (int64_t m = 0; m < s.masks; m++)
                compare_with(&s, block, a, key_at(&s, block, a) ^ s.mask[m], found, to);
    }
    mem_free(s.mask);
    mem_free(s.item);
    mem_free(s.start);
    mem_free(s.key);
}
