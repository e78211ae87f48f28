/* SPDX-License-Identifier: Apache-2.0 */
/* A list of weights by their addresses. */
#include "core/autograd/quantized.h"

#include "core/array.h"
#include "core/math/onednn.h"
#include "core/mem.h"

typedef struct Item {
    const Real *from;
    Int8Weights *weights;
} Item;

struct Quantized {
    const ParamSet *params;
    Onednn *products;
    Item *item;
    int64_t count, room;
};

Quantized *quantized_new(const ParamSet *params)
{
    Quantized *q = mem_calloc(1, sizeof *q);
    q->params = params;
    q->products = int8_new();
    return q;
}

void quantized_free(Quantized *q)
{
    if (!q) return;
    for (int64_t i = 0; i < q->count; i++) int8_weights_free(q->item[i].weights);
    mem_free(q->item);
    onednn_free(q->products);
    mem_free(q);
}

static const Int8Weights *find(const Quantized *q, const Real *w, int64_t N, int64_t K)
{
    for (int64_t i = 0; i < q->count; i++) {
        const Item *item = &q->item[i];
        if (item->from == w && item->weights->N == N && item->weights->K == K)
            return item->weights;
    }
    return NULL;
}

static const Int8Weights *add(Quantized *q, const Real *w, int64_t N, int64_t K)
{
    q->item = array_grow(q->item, sizeof *q->item, q->count, &q->room);
    Int8Weights *weights = int8_weights_new(N, K, w);
    q->item[q->count++] = (Item){w, weights};
    return weights;
}

const Int8Weights *quantized_of(Quantized *q, const Real *w, int64_t N, int64_t K)
{
    const Int8Weights *found;
    if (!param_set_holds(q->params, w) || !int8_pays(N, K)) return NULL;
#pragma omp critical(quantized)
    {
        found = find(q, w, N, K);
        if (!found) found = add(q, w, N, K);
    }
    return found;
}

const Onednn *quantized_products(const Quantized *q) { return q->products; }
