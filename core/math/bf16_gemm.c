/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of products, each of which is a call of oneDNN. */
#include "core/math/bf16.h"
#include "core/math/onednn.h"
#include "core/math/threads.h"
#include "core/mem.h"

#include "core/error.h"

#include <omp.h>
#include <string.h>

struct Bf16 {
    Onednn *engine;
};

Bf16 *bf16_new(void)
{
    CHECK(!bf16_missing(), "%s", bf16_missing());
    Bf16 *m = mem_alloc(sizeof *m);
    m->engine = onednn_new();
    return m;
}

void bf16_free(Bf16 *m)
{
    if (!m) return;
    onednn_free(m->engine);
    mem_free(m);
}

/* Number of multiplications from which on a product is split among several calls of oneDNN, and
 * the size of their tiles: what a cache holds beside the factors. */
static const int64_t SPLIT_MIN = 1 << 24;
enum { PANEL = 64, PANELS = 8, ROWS = 288, ROWS_MIN = 36, TILES_WANTED = 8 };

static int64_t pieces(int64_t n, int64_t size) { return (n + size - 1) / size; }

/* In rows and in panels of columns, by the shape alone, so that the bits do not depend on the
 * number of threads. Whole rows, if there are enough. */
static Tiles choose_tiles(int64_t M, int64_t N, int64_t K)
{
    Tiles t = {M, pieces(N, PANEL), 1, 1};
    if (M * N * K < SPLIT_MIN) return t;
    t.down = pieces(M, ROWS);
    for (int64_t rows = ROWS, panels = PANELS; t.down * t.across < TILES_WANTED;) {
        if (panels > 1 && (panels * PANEL >= rows || rows <= ROWS_MIN))
            t.across = pieces(t.N, panels), panels /= 2;
        else if (rows > ROWS_MIN)
            rows /= 2, t.down = pieces(M, rows);
        else
            break;
    }
    return t;
}

typedef struct Product {
    int64_t N, K;
    const uint16_t *a, *packed;
    Finish finish;
    Real *c;
    bool add;
    Real *scratch; /* for a tile of every thread */
    Tiles tiles;
} Product;

/* Tile i in rows and columns. */
static Tile columns_at(const Product *p, int64_t i)
{
    Tile t = tiles_at(&p->tiles, i);
    const int64_t end = (t.col + t.cols) * PANEL;
    t.col *= PANEL;
    t.cols = (end < p->N ? end : p->N) - t.col;
    return t;
}

static int64_t largest_tile(const Tiles *t)
{
    int64_t most = 0;
    for (int64_t i = 0; i < tiles_count(t); i++) {
        const Tile one = tiles_at(t, i);
        if (one.rows * one.cols > most) most = one.rows * one.cols;
    }
    return most * PANEL;
}

/* With packed factors oneDNN writes dense tiles alone: those of whole rows into c. */
static bool is_direct(const Product *p) { return p->c && p->tiles.across == 1; }

static void multiply_dense(const Bf16 *m, const Product *p, Tile t, Real *c)
{
    const OnednnMatrix a = {p->a + t.row * p->K, ONEDNN_BF16, p->K, false};
    const OnednnMatrix b = {p->packed + bf16_packed_len(p->K, t.col), .type = ONEDNN_PACKED};
    const Real *bias = p->finish.bias ? p->finish.bias + t.col : NULL;
    onednn_product(m->engine, t.rows, t.cols, p->K, a, b, bias, p->add && is_direct(p), c,
                   t.cols);
}

static void place_row(int64_t n, const Real *restrict x, bool add, Real *restrict y)
{
    if (add)
        for (int64_t i = 0; i < n; i++) y[i] += x[i];
    else
        memcpy(y, x, (size_t)n * sizeof *y);
}

/* Returns where the tile is now, and the length of its rows. */
static Real *place_tile(const Product *p, Tile t, Real *tile, int64_t *ld)
{
    *ld = p->c ? p->N : t.cols;
    if (!p->c) return tile;
    Real *c = p->c + t.row * p->N + t.col;
    for (int64_t i = 0; tile != c && i < t.rows; i++)
        place_row(t.cols, tile + i * t.cols, p->add, c + i * p->N);
    return c;
}

static void multiply_tile(const Bf16 *m, const Product *p, int64_t i)
{
    const Tile t = columns_at(p, i);
    int64_t ld;
    Real *tile = is_direct(p) ? p->c + t.row * p->N
                              : p->scratch + omp_get_thread_num() * largest_tile(&p->tiles);
    multiply_dense(m, p, t, tile);
    Real *c = place_tile(p, t, tile, &ld);
    Finish finish = p->finish;
    finish.bias = NULL; /* oneDNN has added it */
    finish_tile(&finish, t, p->N, c, ld);
}

void bf16_gemm(const Bf16 *m, int64_t M, int64_t N, int64_t K, const uint16_t *a,
               const uint16_t *packed, Finish finish, bool add, Real *c, Real *scratch)
{
    const Product p = {N, K, a, packed, finish, c, add, scratch, choose_tiles(M, N, K)};
    const int64_t tiles = tiles_count(&p.tiles);
#pragma omp parallel if (tiles > 1)
    {
        omp_set_num_threads(1); /* in this region only: oneDNN also splits by threads */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(m, &p, i);
    }
}

int64_t bf16_scratch_len(int64_t M, int64_t N, int64_t K)
{
    const Tiles t = choose_tiles(M, N, K);
    return threads_here() * largest_tile(&t);
}

/* Of c [M, N] = a^T b: neither factor is packed, as each serves one product. */
typedef struct TransposedProduct {
    int64_t M, N, K;
    const uint16_t *a, *b;
    Real *c;
    bool add;
    int64_t ldc;
} TransposedProduct;

static void multiply_transposed(const Bf16 *m, const TransposedProduct *p, Tile t)
{
    onednn_product(m->engine, t.rows, t.cols, p->K,
                   (OnednnMatrix){p->a + t.row, ONEDNN_BF16, p->M, true},
                   (OnednnMatrix){p->b + t.col, ONEDNN_BF16, p->N, false}, NULL, p->add,
                   p->c + t.row * p->ldc + t.col, p->ldc);
}

void bf16_gemm_tn(const Bf16 *m, int64_t M, int64_t N, int64_t K, const uint16_t *a,
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
