/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients of weights that wait until all shards of a batch are through. The product of a
 * shard with few rows costs as much to write as to compute: all rows of the batch together are
 * one product, which is written once. */
#ifndef RAMPLUS_CORE_AUTOGRAD_DEFERRED_H
#define RAMPLUS_CORE_AUTOGRAD_DEFERRED_H

#include "core/math/real.h"

#include <stdint.h>

/* dw [N, K], the gradient of a weight, is to grow by dy^T x. */
typedef struct DeferredProduct {
    Real *dw;
    int64_t rows, N, K;
    const Real *x, *dy; /* [rows, K], [rows, N], borrowed */
    int64_t order;      /* of addition; set by deferred_run */
} DeferredProduct;

/* Of one shard, in the order in which they were put off. */
typedef struct Deferred {
    int64_t count, room;
    DeferredProduct *at;
    Real *scratch; /* for deferred_run */
    int64_t scratch_len;
} Deferred;

enum { DEFERRED_ROWS = 512 }; /* a product of more rows is not put off */

void deferred_add(Deferred *d, DeferredProduct product);
/* Computes the products of all shards, one weight after the other on as many threads as there
 * are shards; the lists are empty afterwards. The rows of a weight are added in the order of
 * the shards. */
void deferred_run(Deferred *list, int64_t shards);
void deferred_free(Deferred *d);

#endif
