/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts the products of all shards by their weights. */
#include "core/autograd/deferred.h"

#include "core/array.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void deferred_add(Deferred *d, DeferredProduct product)
{
    d->at = array_grow(d->at, sizeof *d->at, d->count, &d->room);
    d->at[d->count++] = product;
}

void deferred_free(Deferred *d)
{
    mem_free(d->at);
    mem_free(d->scratch);
    *d = (Deferred){0};
}

static int by_weight(const void *a, const void *b)
{
    const DeferredProduct *x = a, *y = b;
    const uintptr_t v = (uintptr_t)x->dw, w = (uintptr_t)y->dw;
    return v != w ? (v > w) - (v < w) : (x->order > y->order) - (x->order < y->order);
}

/* Moves all products to the first list, those of one weight side by side. */
static void join(Deferred *list, int64_t shards)
{
    Deferred *all = &list[0];
    for (int64_t i = 1; i < shards; list[i++].count = 0)
        for (int64_t k = 0; k < list[i].count; k++) deferred_add(all, list[i].at[k]);
    for (int64_t k = 0; k < all->count; k++) all->at[k].order = k;
    if (all->count) qsort(all->at, (size_t)all->count, sizeof *all->at, by_weight);
}

static bool is_first(const Deferred *all, int64_t k)
{
    return k == 0 || all->at[k].dw != all->at[k - 1].dw;
}

/* The rows of all products of the weight whose first product is k. */
static int64_t rows_of(const Deferred *all, int64_t k)
{
    int64_t rows = 0;
    do rows += all->at[k++].rows;
    while (k < all->count && !is_first(all, k));
    return rows;
}

/* Room for x and dy of the largest weight. */
static int64_t largest(const Deferred *all)
{
    int64_t most = 0;
    for (int64_t k = 0; k < all->count; k++) {
        if (!is_first(all, k)) continue;
        const int64_t len = rows_of(all, k) * (all->at[k].N + all->at[k].K);
        if (len > most) most = len;
    }
    return most;
}

static void reserve(Deferred *d, int64_t len)
{
    if (len <= d->scratch_len) return;
    mem_free(d->scratch);
    d->scratch = mem_alloc((size_t)len * sizeof(Real));
    d->scratch_len = len;
}

static void add_weight(const Deferred *all, int64_t k, Real *scratch)
{
    const DeferredProduct *p = &all->at[k];
    const int64_t N = p->N, K = p->K, rows = rows_of(all, k);
    Real *x = scratch, *dy = scratch + rows * K;
    for (int64_t done = 0; done < rows; done += p++->rows) {
        memcpy(x + done * K, p->x, (size_t)(p->rows * K) * sizeof *x);
        memcpy(dy + done * N, p->dy, (size_t)(p->rows * N) * sizeof *dy);
    }
    gemm_serial(N, K, rows, 1, (Matrix){dy, N, true}, (Matrix){x, K, false}, 1, all->at[k].dw,
                K);
}

typedef struct Run {
    Deferred *list;
    _Atomic int64_t next; /* product */
} Run;

/* Each lane has scratch memory of its own. */
static void run_lane(int64_t lane, void *context)
{
    Run *r = context;
    const Deferred *all = &r->list[0];
    for (int64_t k; (k = atomic_fetch_add(&r->next, 1)) < all->count;)
        if (is_first(all, k)) add_weight(all, k, r->list[lane].scratch);
}

void deferred_run(Deferred *list, int64_t shards)
{
    join(list, shards);
    const int64_t len = largest(&list[0]);
    for (int64_t i = 0; i < shards; i++) reserve(&list[i], len);
    parallel_for(shards, run_lane, &(Run){.list = list});
    list[0].count = 0;
}
