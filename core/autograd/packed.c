/* SPDX-License-Identifier: Apache-2.0 */
/* A list of weights by their addresses. */
#include "core/autograd/packed.h"

#include "core/array.h"
#include "core/math/bf16.h"
#include "core/mem.h"

typedef struct Item {
    const Real *from;
    bool back, valid;
    int64_t len;
    uint16_t *data;
} Item;

struct Packed {
    const ParamSet *params;
    Item *item;
    int64_t count, room;
};

Packed *packed_new(const ParamSet *params)
{
    Packed *p = mem_calloc(1, sizeof *p);
    p->params = params;
    return p;
}

void packed_free(Packed *p)
{
    if (!p) return;
    for (int64_t i = 0; i < p->count; i++) mem_free(p->item[i].data);
    mem_free(p->item);
    mem_free(p);
}

void packed_forget(Packed *p)
{
    for (int64_t i = 0; i < p->count; i++) p->item[i].valid = false;
}

static Item *find(const Packed *p, const Real *w, bool back)
{
    for (int64_t i = 0; i < p->count; i++)
        if (p->item[i].from == w && p->item[i].back == back) return &p->item[i];
    return NULL;
}

static Item *add(Packed *p, const Real *w, bool back, int64_t len)
{
    p->item = array_grow(p->item, sizeof *p->item, p->count, &p->room);
    Item *item = &p->item[p->count++];
    *item = (Item){.from = w,
                   .back = back,
                   .len = len,
                   .data = mem_alloc((size_t)len * sizeof *item->data)};
    return item;
}

static const uint16_t *pack(Packed *p, const Real *w, int64_t N, int64_t K, bool back)
{
    const int64_t rows = back ? N : K, cols = back ? K : N;
    Item *item = find(p, w, back);
    if (!item) item = add(p, w, back, bf16_packed_len(rows, cols));
    if (!item->valid) bf16_pack(rows, cols, (Matrix){w, K, !back}, item->data);
    item->valid = true;
    return item->data;
}

const uint16_t *packed_of(Packed *p, const Real *w, int64_t N, int64_t K, bool back)
{
    const uintptr_t at = (uintptr_t)w - (uintptr_t)p->params->data;
    const uint16_t *found;
    if (at >= (size_t)p->params->len * sizeof *w) return NULL;
#pragma omp critical(packed)
    found = pack(p, w, N, K, back);
    return found;
}

size_t packed_bytes(const Packed *p)
{
    size_t n = 0;
    for (int64_t i = 0; i < p->count; i++) n += (size_t)p->item[i].len * sizeof(uint16_t);
    return n;
}
