/* SPDX-License-Identifier: Apache-2.0 */
/* Products of weight gradients, in tiles, each of which is a call of oneDNN. */
#include "core/math/bf16.h"
#include "core/math/onednn.h"
#include "core/math/tiles.h"

#include "core/error.h"

#include <omp.h>

Onednn *bf16_new(void)
{
    CHECK(!bf16_missing(), "%s", bf16_missing());
    return onednn_new();
}

/* Number of multiplications from which on a product is split among several calls of oneDNN. */
static const int64_t SPLIT_MIN = 1 << 24;

/* Of c [M, N] = a^T b: neither factor is packed, as each serves one product. */
typedef struct TransposedProduct {
    int64_t M, N, K;
    const uint16_t *a, *b;
    Real *c;
    bool add;
    int64_t ldc;
} TransposedProduct;

static void multiply_transposed(const Onednn *m, const TransposedProduct *p, Tile t)
{
    onednn_product(m, t.rows, t.cols, p->K,
                   (OnednnMatrix){p->a + t.row, ONEDNN_BF16, p->M, true},
                   (OnednnMatrix){p->b + t.col, ONEDNN_BF16, p->N, false}, NULL, p->add,
                   p->c + t.row * p->ldc + t.col, p->ldc);
}

void bf16_gemm_tn(const Onednn *m, int64_t M, int64_t N, int64_t K, const uint16_t *a,
                  const uint16_t *b, bool add, Real *c, int64_t ldc)
{
    const TransposedProduct p = {M, N, K, a, b, c, add, ldc};
    const Tiles tiles = tiles_of(M, N, K, SPLIT_MIN);
#pragma omp parallel if (tiles_count(&tiles) > 1)
    {
        omp_set_num_threads(1); /* in this region only: oneDNN also splits by threads */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles_count(&tiles); i++)
            multiply_transposed(m, &p, tiles_at(&tiles, i));
    }
}
