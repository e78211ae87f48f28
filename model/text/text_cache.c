/* SPDX-License-Identifier: Apache-2.0 */
/* A map from the 128-bit hashes of the texts to their vectors, which are kept in blocks so that
 * memory grows as needed. */
#include "model/text/text_cache.h"

#include "core/hash_map.h"
#include "core/mem.h"

#include <string.h>

enum { BLOCK = 1024 }; /* vectors */

struct TextCache {
    const TextEncoder *encoder;
    int64_t dim, capacity; /* capacity: vectors that fit into the budget */
    int64_t found;
    HashMap index; /* hash of a text -> index of its vector */
    float **block; /* [capacity / BLOCK + 1], each [BLOCK, dim] or NULL */
};

TextCache *text_cache_new(const TextEncoder *encoder, int64_t max_texts, size_t budget)
{
    TextCache *c = mem_calloc(1, sizeof *c);
    c->encoder = encoder;
    c->dim = text_encoder_dim(encoder);
    const size_t each = (size_t)c->dim * sizeof(float) + HASH_MAP_BYTES_PER_KEY;
    c->capacity = (int64_t)(budget / each) < max_texts ? (int64_t)(budget / each) : max_texts;
    c->index = hash_map_new(c->capacity);
    c->block = mem_calloc((size_t)(c->capacity / BLOCK + 1), sizeof *c->block);
    return c;
}

void text_cache_free(TextCache *c)
{
    if (!c) return;
    for (int64_t i = 0; i <= c->capacity / BLOCK; i++) mem_free(c->block[i]);
    mem_free(c->block);
    hash_map_free(&c->index);
    mem_free(c);
}

int64_t text_cache_kept(const TextCache *c) { return c->index.count; }
int64_t text_cache_found(const TextCache *c) { return c->found; }

static float *vector_at(const TextCache *c, int64_t i)
{
    return c->block[i / BLOCK] + i % BLOCK * c->dim;
}

static void keep(TextCache *c, const uint8_t hash[static HASH_BYTES], const float *vector)
{
    const int64_t i = c->index.count;
    if (i == c->capacity) return;
    const size_t bytes = (size_t)c->dim * sizeof *vector;
    float **block = &c->block[i / BLOCK];
    if (!*block) *block = mem_alloc(BLOCK * bytes);
    memcpy(vector_at(c, i), vector, bytes);
    hash_map_add(&c->index, hash, i);
}

int text_cache_encode(TextCache *c, const char *const *text, int64_t n, float *out, Error *err)
{
    uint8_t hash[HASH_BYTES];
    for (int64_t i = 0; i < n; i++, out += c->dim) {
        hash_of(text[i], strlen(text[i]), hash);
        const int64_t kept = hash_map_get(&c->index, hash);
        if (kept >= 0) {
            c->found++;
            memcpy(out, vector_at(c, kept), (size_t)c->dim * sizeof *out);
            continue;
        }
        if (text_encoder_encode(c->encoder, &text[i], 1, out, err) != 0) return -1;
        keep(c, hash, out);
    }
    return 0;
}
