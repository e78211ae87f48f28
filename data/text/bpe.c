/* SPDX-License-Identifier: Apache-2.0 */
/* The merges, in an open-addressing table from a pair of symbols to its rank. A symbol is a
 * text that can be one part of a merge; two merges may produce the same text, which is then
 * one symbol. */
#include "data/text/bpe.h"

#include "core/fnv.h"
#include "core/mem.h"
#include "data/text/bpe_table.h"

#include <string.h>

enum { NO_RANK = UINT16_MAX, SHORT_WORD = 64 };
_Static_assert(BPE_MAX_MERGES < UINT16_MAX && BPE_BYTES + BPE_MAX_MERGES <= UINT16_MAX,
               "ranks and symbols fit 16 bits");

void bpe_free(Bpe *b)
{
    if (!b) return;
    mem_free(b->pair);
    mem_free(b->rank);
    mem_free(b->joined);
    mem_free(b->entry);
    mem_free(b);
}

Bpe *bpe_new(int32_t merges)
{
    CHECK(merges >= 0 && merges <= BPE_MAX_MERGES, "%d merges", (int)merges);
    Bpe *b = mem_alloc(sizeof *b);
    *b = (Bpe){.slots = 64};
    while (b->slots < 2 * (uint32_t)merges) b->slots *= 2;
    b->pair = mem_alloc(b->slots * sizeof *b->pair);
    b->rank = mem_alloc(b->slots * sizeof *b->rank);
    for (uint32_t i = 0; i < b->slots; i++) b->rank[i] = NO_RANK;
    b->joined = mem_alloc((size_t)merges * sizeof *b->joined);
    b->entry = mem_alloc((size_t)(BPE_BYTES + merges) * sizeof *b->entry);
    return b;
}

/* The slot of this pair, or the free slot where it belongs. */
static uint32_t slot_of(const Bpe *b, uint16_t left, uint16_t right)
{
    const uint32_t pair = (uint32_t)left << 16 | right;
    uint32_t i = (uint32_t)(pair * 0x9e3779b97f4a7c15u >> 32) & (b->slots - 1);
    while (b->rank[i] != NO_RANK && b->pair[i] != pair) i = (i + 1) & (b->slots - 1);
    return i;
}

bool bpe_add(Bpe *b, uint16_t left, uint16_t right, uint16_t joined)
{
    const uint32_t i = slot_of(b, left, right);
    if (b->rank[i] != NO_RANK) return false;
    b->pair[i] = (uint32_t)left << 16 | right;
    b->rank[i] = (uint16_t)b->merges;
    b->joined[b->merges++] = joined;
    return true;
}

/* The bytes of the number, least significant first. */
static uint64_t add_number(uint64_t hash, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 24)};
    return fnv_add(hash, bytes, sizeof bytes);
}

/* The order of the slots is also determined by the merges. */
uint64_t bpe_digest(const Bpe *b)
{
    uint64_t hash = FNV_START;
    for (uint32_t i = 0; i < b->slots; i++) {
        if (b->rank[i] == NO_RANK) continue;
        hash = add_number(add_number(hash, b->pair[i]), b->rank[i]);
    }
    return hash;
}

int32_t bpe_size(const Bpe *b) { return BPE_BYTES + b->merges; }

/* A word being encoded: its symbols, and the rank of each with its right neighbor. */
typedef struct Word {
    uint16_t *symbol, *rank;
    size_t n;
} Word;

static uint16_t rank_at(const Bpe *b, const Word *w, size_t i)
{
    return i + 1 < w->n ? b->rank[slot_of(b, w->symbol[i], w->symbol[i + 1])] : NO_RANK;
}

static uint16_t lowest_rank(const Word *w)
{
    uint16_t lowest = NO_RANK;
    for (size_t i = 0; i < w->n; i++)
        if (w->rank[i] < lowest) lowest = w->rank[i];
    return lowest;
}

/* Joins every pair of this rank from left to right; a symbol joins at most once. Only the
 * neighbors of a joined pair need a new rank. */
static void join(const Bpe *b, Word *w, uint16_t rank)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->n; kept++) {
        const bool joins = w->rank[i] == rank;
        w->symbol[kept] = joins ? b->joined[rank] : w->symbol[i];
        w->rank[kept] = joins ? rank : w->rank[i]; /* `rank` marks symbols to look up again */
        i += joins ? 2 : 1;
        if (i < w->n && w->rank[i] == rank && w->rank[kept] != rank) w->rank[kept] = rank;
    }
    w->n = kept;
    for (size_t i = 0; i < w->n; i++)
        if (w->rank[i] == rank) w->rank[i] = rank_at(b, w, i);
}

static void merge(const Bpe *b, Word *w)
{
    for (size_t i = 0; i < w->n; i++) w->rank[i] = rank_at(b, w, i);
    for (uint16_t rank; (rank = lowest_rank(w)) != NO_RANK;) join(b, w, rank);
}

size_t bpe_encode(const Bpe *b, const uint8_t *word, size_t n, int32_t *out, size_t room)
{
    uint16_t local[2 * SHORT_WORD], *memory = local;
    if (n == 0) return 0;
    if (n > SHORT_WORD) memory = mem_alloc(2 * n * sizeof *memory);
    Word w = {memory, memory + n, n};
    for (size_t i = 0; i < n; i++) w.symbol[i] = word[i];
    w.symbol[n - 1] += BPE_END;
    merge(b, &w);
    for (size_t i = 0; i < w.n && i < room; i++) out[i] = b->entry[w.symbol[i]];
    if (memory != local) mem_free(memory);
    return w.n;
}
