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

static Item *find(const Packed *p, const Real *w, Form form)
{
    for (int64_t i = 0; i < p->count; i++)
        if (p->item[i].from == w && p->item[i].form == form) return &p->item[i];
    return NULL;
}

static size_t bytes_of(Form form, int64_t N, int64_t K)
{
    if (form == NUMBERS) return (size_t)packed_len(K, N) * sizeof(Real);
    const int64_t rows = form == BACK ? N : K, cols = form == BACK ? K : N;
    return (size_t)bf16_packed_len(rows, cols) * sizeof(uint16_t);
}

static Item *add(Packed *p, const Real *w, Form form, size_t bytes)
{
    p->item = array_grow(p->item, sizeof *p->item, p->count, &p->room);
    Item *item = &p->item[p->count++];
    *item = (Item){.from = w, .form = form, .bytes = bytes, .data = mem_alloc(bytes)};
    return item;
}

static void fill(const Item *item, int64_t N, int64_t K)
{
    const Matrix rows = {item->from, K, false}, columns = {item->from, K, true};
    if (item->form == NUMBERS)
        packed_pack(K, N, columns, item->data);
    else if (item->form == BACK)
        bf16_pack(N, K, rows, item->data);
    else
        bf16_pack(K, N, columns, item->data);
}

static const void *pack(Packed *p, const Real *w, int64_t N, int64_t K, Form form)
{
    Item *item = find(p, w, form);
    if (!item) item = add(p, w, form, bytes_of(form, N, K));
    if (!item->valid) fill(item, N, K);
    item->valid = true;
    return item->data;
}

static const void *find_or_pack(Packed *p, const Real *w, int64_t N, int64_t K, Form form)
{
    const uintptr_t at = (uintptr_t)w - (uintptr_t)p->params->data;
    const void *found;
    if (at >= (size_t)p->params->len * sizeof *w) return NULL;
#pragma omp critical(packed)
    found = pack(p, w, N, K, form);
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
