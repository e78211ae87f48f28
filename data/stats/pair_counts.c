/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of pairs with open addressing. A slot holds the number of the pair and its count
 * in 32 bits each. */
#include "data/stats/pair_counts.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>

enum { FIRST_ROOM = 1024 };

/* The number of the pair a < b: b (b - 1) / 2 + a, below 2^31. */
static uint32_t number_of(int32_t a, int32_t b)
{
    return (uint32_t)((int64_t)b * (b - 1) / 2 + a);
}

static TagPair pair_of(uint32_t number, uint32_t count)
{
    int64_t b = (int64_t)((1 + sqrt(1 + 8.0 * number)) / 2);
    while (b * (b - 1) / 2 > number) b--;
    while (b * (b + 1) / 2 <= number) b++;
    return (TagPair){(int32_t)(number - b * (b - 1) / 2), (int32_t)b, count, 0};
}

/* Slot of the pair, or the free one where it belongs. room: a power of two. */
static uint64_t *find(uint64_t *slot, int64_t room, uint32_t number)
{
    uint64_t i = number * UINT64_C(0x9e3779b97f4a7c15) >> 20;
    for (;; i++) {
        uint64_t *s = &slot[i & (uint64_t)(room - 1)];
        if (!*s || *s >> 32 == number + UINT64_C(1)) return s;
    }
}

static void grow(PairCounts *p)
{
    const int64_t room = p->room ? 2 * p->room : FIRST_ROOM;
    uint64_t *slot = mem_calloc((size_t)room, sizeof *slot);
    for (int64_t i = 0; i < p->room; i++)
        if (p->slot[i]) *find(slot, room, (uint32_t)((p->slot[i] >> 32) - 1)) = p->slot[i];
    mem_free(p->slot);
    p->slot = slot;
    p->room = room;
}

static void count(PairCounts *p, int32_t a, int32_t b)
{
    if (4 * (p->pairs + 1) > 3 * p->room) grow(p);
    const uint32_t number = number_of(a, b);
    uint64_t *s = find(p->slot, p->room, number);
    p->pairs += *s == 0;
    if (!*s) *s = (number + UINT64_C(1)) << 32;
    if ((*s & UINT32_MAX) < UINT32_MAX) ++*s;
}

void pair_counts_add(PairCounts *p, const TagIds *set)
{
    if (set->count > PAIR_RECORD) {
        p->crowded++;
        return;
    }
    CHECK(!set->count || set->id[set->count - 1] < PAIR_TAGS, "%d", set->id[set->count - 1]);
    for (int64_t j = 1; j < set->count; j++)
        for (int64_t i = 0; i < j; i++) count(p, set->id[i], set->id[j]);
}

void pair_counts_free(PairCounts *p)
{
    mem_free(p->slot);
    *p = (PairCounts){0};
}

int64_t pair_counts_get(const PairCounts *p, int32_t a, int32_t b)
{
    if (!p->room) return 0;
    const uint32_t number = a < b ? number_of(a, b) : number_of(b, a);
    return (int64_t)(*find(p->slot, p->room, number) & UINT32_MAX);
}

/* Whether x comes before y in the list. */
static bool is_before(const TagPair *x, const TagPair *y, bool by_pmi)
{
    if (by_pmi && (x->pmi > y->pmi || x->pmi < y->pmi)) return x->pmi > y->pmi;
    if (x->count != y->count) return x->count > y->count;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

/* Inserts a pair into a list of at most `most`. */
static int64_t insert(TagPair *list, int64_t n, int64_t most, const TagPair *pair, bool by_pmi)
{
    int64_t at = n;
    if (most == 0 || (n == most && !is_before(pair, &list[n - 1], by_pmi))) return n;
    if (n < most) n++;
    for (at = n - 1; at > 0 && is_before(pair, &list[at - 1], by_pmi); at--)
        list[at] = list[at - 1];
    list[at] = *pair;
    return n;
}

int64_t pair_counts_top(const PairCounts *p, const int64_t *alone, int64_t records, bool by_pmi,
                        int64_t least, TagPair *out, int64_t most)
{
    int64_t n = 0;
    for (int64_t i = 0; i < p->room; i++) {
        if (!p->slot[i]) continue;
        TagPair pair = pair_of((uint32_t)((p->slot[i] >> 32) - 1), (uint32_t)p->slot[i]);
        if (by_pmi && pair.count < least) continue;
        pair.pmi = log2((double)pair.count * (double)records /
                        ((double)alone[pair.a] * (double)alone[pair.b]));
        n = insert(out, n, most, &pair, by_pmi);
    }
    return n;
}
