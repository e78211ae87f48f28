/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing over 128-bit hashes of the texts; vectors in blocks, so that memory grows as needed. */
#include "model/text/text_cache.h"

#include "core/hash.h"
#include "core/mem.h"

#include <string.h>

enum { BLOCK = 1024 }; /* vectors */

typedef struct Slot {
    uint8_t hash[HASH_BYTES];
    int64_t vector; /* 1 + its number; 0: free */
} Slot;

struct TextCache {
    const TextEncoder *encoder;
    int64_t dim, room, kept; /* vectors */
    int64_t found;
    int64_t slots; /* more than twice the room */
    Slot *slot;
    float **block; /* [(room + BLOCK - 1) / BLOCK], each [BLOCK, dim] or NULL */
};

TextCache *text_cache_new(const TextEncoder *encoder, int64_t most, size_t budget)
{
    TextCache *c = mem_calloc(1, sizeof *c);
    c->encoder = encoder;
    c->dim = text_encoder_dim(encoder);
    const size_t each = (size_t)c->dim * sizeof(float) + 2 * sizeof(Slot);
    c->room = (int64_t)(budget / each) < most ? (int64_t)(budget / each) : most;
    c->slots = 2 * c->room + 1;
    c->slot = mem_calloc((size_t)c->slots, sizeof *c->slot);
    c->block = mem_calloc((size_t)(c->room / BLOCK + 1), sizeof *c->block);
    return c;
}

void text_cache_free(TextCache *c)
{
    if (!c) return;
    for (int64_t i = 0; i <= c->room / BLOCK; i++) mem_free(c->block[i]);
    mem_free(c->block);
    mem_free(c->slot);
    mem_free(c);
}

int64_t text_cache_kept(const TextCache *c) { return c->kept; }
int64_t text_cache_found(const TextCache *c) { return c->found; }

/* The slot of this hash, or the free one where it belongs. */
static Slot *find(const TextCache *c, const uint8_t hash[static HASH_BYTES])
{
    uint64_t first;
    memcpy(&first, hash, sizeof first);
    for (uint64_t i = first % (uint64_t)c->slots;; i = (i + 1) % (uint64_t)c->slots) {
        Slot *s = &c->slot[i];
        if (!s->vector || memcmp(s->hash, hash, HASH_BYTES) == 0) return s;
    }
}

static float *vector_at(const TextCache *c, int64_t i)
{
    return c->block[i / BLOCK] + i % BLOCK * c->dim;
}

static void keep(TextCache *c, const uint8_t hash[static HASH_BYTES], const float *vector)
{
    Slot *s = find(c, hash);
    if (s->vector || c->kept == c->room) return;
    const size_t bytes = (size_t)c->dim * sizeof *vector;
    float **block = &c->block[c->kept / BLOCK];
    if (!*block) *block = mem_alloc(BLOCK * bytes);
    memcpy(vector_at(c, c->kept), vector, bytes);
    memcpy(s->hash, hash, HASH_BYTES);
    s->vector = ++c->kept;
}

int text_cache_encode(TextCache *c, const char *const *text, int64_t n, float *out, Error *err)
{
    uint8_t hash[HASH_BYTES];
    for (int64_t i = 0; i < n; i++, out += c->dim) {
        hash_of(text[i], strlen(text[i]), hash);
        const Slot *s = find(c, hash);
        if (s->vector) {
            c->found++;
            memcpy(out, vector_at(c, s->vector - 1), (size_t)c->dim * sizeof *out);
            continue;
        }
        if (text_encoder_encode(c->encoder, &text[i], 1, out, err) != 0) return -1;
        keep(c, hash, out);
    }
    return 0;
}
