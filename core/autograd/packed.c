/* SPDX-License-Identifier: Apache-2.0 */
/* A list of weights by their addresses. */
#include "core/autograd/packed.h"

#include "core/array.h"
#include "core/math/bf16.h"
#include "core/math/packed_gemm.h"
#include "core/mem.h"

typedef enum Form { FORWARD, BACK, NUMBERS } Form;

typedef struct Item {
    const Real *from;
    int64_t N, K;
    Form form;
    bool valid;
    size_t bytes;
    void *data;
} Item;

struct Packed {
    const ParamSet *params;
    Onednn *engine;
    Item *item;
    int64_t count, room;
};

Packed *packed_new(const ParamSet *params)
{
    Packed *p = mem_calloc(1, sizeof *p);
    p->params = params;
    p->engine = onednn_new();
    return p;
}

void packed_free(Packed *p)
{
    if (!p) return;
    for (int64_t i = 0; i < p->count; i++) mem_free(p->item[i].data);
    mem_free(p->item);
    onednn_free(p->engine);
    mem_free(p);
}

const Onednn *packed_engine(const Packed *p) { return p->engine; }

void packed_forget(Packed *p)
{
    for (int64_t i = 0; i < p->count; i++) p->item[i].valid = false;
}

/* Weights of one address may be a part of others. */
static bool same(const Item *a, const Item *b)
{
    return a->from == b->from && a->N == b->N && a->K == b->K && a->form == b->form;
}

static Item *find(const Packed *p, const Item *wanted)
{
    for (int64_t i = 0; i < p->count; i++)
        if (same(&p->item[i], wanted)) return &p->item[i];
    return NULL;
}

static Item *add(Packed *p, const Item *wanted)
{
    const int64_t N = wanted->N, K = wanted->K;
    p->item = array_grow(p->item, sizeof *p->item, p->count, &p->room);
    Item *item = &p->item[p->count++];
    *item = *wanted;
    item->bytes = item->form == NUMBERS
                      ? (size_t)packed_len(K, N) * sizeof(Real)
                      : (size_t)bf16_weights_len(N, K, item->form == BACK) * sizeof(uint16_t);
    item->data = mem_alloc(item->bytes);
    return item;
}

static void fill(Item *item)
{
    if (item->form == NUMBERS)
        packed_pack(item->K, item->N, (Matrix){item->from, item->K, true}, item->data);
    else
        bf16_pack_weights(item->N, item->K, item->from, item->form == BACK, item->data);
    item->valid = true;
}

static const void *pack(Packed *p, const Item *wanted)
{
    Item *item = find(p, wanted);
    if (!item) item = add(p, wanted);
    if (!item->valid) fill(item);
    return item->data;
}

static const void *find_or_pack(Packed *p, const Real *w, int64_t N, int64_t K, Form form)
{
    const void *found;
    if (!param_set_holds(p->params, w)) return NULL;
#pragma omp critical(packed)
    found = pack(p, &(Item){.from = w, .N = N, .K = K, .form = form});
    return found;
}

const uint16_t *packed_of(Packed *p, const Real *w, int64_t N, int64_t K, bool back)
{
    return find_or_pack(p, w, N, K, back ? BACK : FORWARD);
}

const Real *packed_numbers_of(Packed *p, const Real *w, int64_t N, int64_t K)
{
    return find_or_pack(p, w, N, K, NUMBERS);
}

size_t packed_bytes(const Packed *p)
{
    size_t n = 0;
    for (int64_t i = 0; i < p->count; i++) n += p->item[i].bytes;
    return n;
}
