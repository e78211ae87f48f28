/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of products, each of which is a call of oneDNN. */
#include "core/math/packed_gemm.h"

#include "core/math/bf16.h"
#include "core/math/packed_halves.h"
#include "core/math/pieces.h"
#include "core/math/threads.h"
#include "core/math/tile_check.h"
#include "core/mem.h"

#include <omp.h>
#include <pthread.h>
#include <string.h>

/* Number of multiplications from which on a product is split among several calls of oneDNN, and
 * the size of their tiles: what a cache holds beside the factors. */
static const int64_t SPLIT_MIN = 1 << 24;
enum {
    PANEL = 64,
    PANELS = 8,
    ROWS = 288,
    ROWS_MIN = 36,
    TILES_WANTED = 8,
    PER_THREAD = 4,
    UNIT = 16
};

/* Whether whole rows can be tiles. Where more is done to them, a cache is to hold them. */
static bool is_plain(const PackedProduct *p)
{
    const Finish *f = &p->finish;
    return p->c && !f->add && !f->half && !f->gelu && !f->half_gelu;
}

/* In rows and in panels of columns; whole rows, if there are enough. */
static Tiles tiles_wanted(const PackedProduct *p, int64_t wanted)
{
    const int64_t M = p->M;
    Tiles t = {M, pieces_of(p->N, PANEL), 1, 1};
    if (M * p->N * p->K < SPLIT_MIN) return t;
    t.down = pieces_of(M, ROWS);
    if (!is_plain(p)) t.across = pieces_of(t.N, PANELS);
    for (int64_t rows = ROWS, panels = PANELS; t.down * t.across < wanted;) {
        if (panels > 1 && (panels * PANEL >= rows || rows <= ROWS_MIN))
            t.across = pieces_of(t.N, panels), panels /= 2;
        else if (rows > ROWS_MIN)
            rows /= 2, t.down = pieces_of(M, rows);
        else
            break;
    }
    return t;
}

typedef struct Product {
    const Onednn *engine;
    const PackedProduct *p;
    Tiles tiles;
    Real *scratch; /* NULL or largest_tile numbers per thread */
    int64_t largest;
} Product;

/* Tile i in rows and columns. */
static Tile columns_at(const Product *w, int64_t i)
{
    Tile t = tiles_at(&w->tiles, i);
    const int64_t end = (t.col + t.cols) * PANEL, N = w->p->N;
    t.col *= PANEL;
    t.cols = (end < N ? end : N) - t.col;
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
static bool is_direct(const Product *w) { return w->p->c && w->tiles.across == 1; }

static void multiply_dense(const Product *w, Tile t, Real *c)
{
    const PackedProduct *p = w->p;
    const int64_t size = p->bf16 ? sizeof(uint16_t) : sizeof(Real);
    const int64_t before = (p->bf16 ? bf16_packed_len : packed_len)(p->K, t.col);
    const OnednnMatrix a = {(const char *)p->a + t.row * p->K * size,
                            p->bf16 ? ONEDNN_BF16 : ONEDNN_FLOAT, p->K, false};
    const OnednnMatrix b = {(const char *)p->packed + before * size,
                            .type = p->bf16 ? ONEDNN_PACKED_BF16 : ONEDNN_PACKED_FLOAT};
    onednn_product(w->engine, t.rows, t.cols, p->K, a, b,
                   p->finish.bias ? p->finish.bias + t.col : NULL, p->add && is_direct(w), c,
                   t.cols);
}

static void place_row(int64_t n, const Real *restrict x, bool add, Real *restrict y)
{
    if (add)
        for (int64_t i = 0; i < n; i++) y[i] += x[i];
    else
        memcpy(y, x, (size_t)n * sizeof *y);
}

void packed_finish(const PackedProduct *p, Tile t, Real *tile, int64_t ld)
{
    Finish finish = p->finish;
    finish.bias = NULL; /* the product has added it */
    if (!p->c) {
        finish_tile(&finish, t, p->N, tile, ld);
        return;
    }
    Real *c = p->c + t.row * p->N + t.col;
    for (int64_t i = 0; tile != c && i < t.rows; i++)
        place_row(t.cols, tile + i * ld, p->add, c + i * p->N);
    finish_tile(&finish, t, p->N, c, p->N);
}

static void multiply_tile(const Product *w, int64_t i)
{
    const PackedProduct *p = w->p;
    const Tile t = columns_at(w, i);
    Real *tile =
        is_direct(w) ? p->c + t.row * p->N : w->scratch + omp_get_thread_num() * w->largest;
    multiply_dense(w, t, tile);
    packed_finish(p, t, tile, t.cols);
}

static void multiply(const Onednn *engine, const PackedProduct *p, Tiles t, Real *scratch)
{
    const Product w = {engine, p, t, scratch, largest_tile(&t)};
    const int64_t tiles = tiles_count(&t);
#pragma omp parallel if (tiles > 1)
    {
        omp_set_num_threads(1); /* in this region only: oneDNN also splits by threads */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(&w, i);
    }
}

/* ---- whether tiles matter ---------------------------------------------------------------- */

/* Whether the numbers are the same in any tiles: found out once, by the first product to which
 * it matters. A property of the library as loaded (see core/math/gemm.c). */
static struct {
    pthread_once_t once;
    bool same;
} in_tiles = {.once = PTHREAD_ONCE_INIT};

typedef struct Bench {
    Onednn *engine;
    uint16_t *half;
    Real *numbers, *few, *many, *scratch;
} Bench;

enum { SIDE = 512, DEPTH = 4096, SHALLOW = 192, MANY_TILES = 256 };

static void multiply_in(const Bench *b, bool bf16, int64_t K, int64_t tiles, Real *c)
{
    const PackedProduct p = {.M = SIDE,
                             .N = SIDE,
                             .K = K,
                             .bf16 = bf16,
                             .a = bf16 ? (const void *)b->half : b->numbers,
                             .packed = bf16 ? (const void *)(b->half + SIDE)
                                            : (const void *)(b->numbers + SIDE),
                             .c = c};
    multiply(b->engine, &p, tiles_wanted(&p, tiles), b->scratch);
}

static bool same_bits(const Bench *b, bool bf16, int64_t K)
{
    multiply_in(b, bf16, K, 1, b->few);
    multiply_in(b, bf16, K, MANY_TILES, b->many);
    return memcmp(b->few, b->many, SIDE * SIDE * sizeof(Real)) == 0;
}

/* The factors overlap: any numbers will do. */
static void check_tiles(void)
{
    const int64_t factors = SIDE * DEPTH + SIDE, result = SIDE * SIDE;
    Real *results = mem_alloc((size_t)((2 + threads_here()) * result) * sizeof *results);
    Bench b = {onednn_new(),
               mem_alloc((size_t)factors * sizeof *b.half),
               tile_check_numbers(factors),
               results,
               results + result,
               results + 2 * result};
    bf16_round(factors, b.numbers, b.half);
    in_tiles.same = same_bits(&b, false, DEPTH) && same_bits(&b, false, SHALLOW);
    if (!bf16_missing())
        in_tiles.same =
            in_tiles.same && same_bits(&b, true, DEPTH) && same_bits(&b, true, SHALLOW);
    onednn_free(b.engine);
    mem_free(b.half);
    mem_free(b.numbers);
    mem_free(results);
}

/* ---- products ---- */

/* A few for each thread, if that changes no number. */
static Tiles choose_tiles(const PackedProduct *p)
{
    const int64_t wanted = PER_THREAD * (int64_t)threads_here();
    if (wanted <= TILES_WANTED || p->M * p->N * p->K < SPLIT_MIN)
        return tiles_wanted(p, TILES_WANTED);
    pthread_once(&in_tiles.once, check_tiles);
    return tiles_wanted(p, in_tiles.same ? wanted : TILES_WANTED);
}

static bool is_ours(const PackedProduct *p) { return p->bf16 && packed_halves_can(); }

void packed_gemm(const Onednn *engine, const PackedProduct *p, Real *scratch)
{
    if (is_ours(p))
        packed_halves(p);
    else
        multiply(engine, p, choose_tiles(p), scratch);
}

int64_t packed_scratch_len(const PackedProduct *p)
{
    if (is_ours(p)) return 0;
    const Tiles t = choose_tiles(p);
    return p->c && t.across == 1 ? 0 : threads_here() * largest_tile(&t);
}

/* ---- packing ---- */

int64_t packed_len(int64_t K, int64_t N)
{
    return pieces_round(K, UNIT) * pieces_round(N, PANEL);
}

/* Rows k .. k + UNIT - 1 of a panel: few enough lines for the nearest cache. */
static void pack_rows(int64_t k, int64_t K, int64_t cols, Matrix b, int64_t n,
                      Real *restrict packed)
{
    const int64_t rows = K - k < UNIT ? K - k : UNIT;
    const Real *restrict x = b.data + (b.transposed ? n * b.ld + k : k * b.ld + n);
    if (rows < UNIT || cols < PANEL) memset(packed, 0, UNIT * PANEL * sizeof *packed);
    if (b.transposed)
        for (int64_t c = 0; c < cols; c++)
            for (int64_t r = 0; r < rows; r++) packed[r * PANEL + c] = x[c * b.ld + r];
    else
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < cols; c++) packed[r * PANEL + c] = x[r * b.ld + c];
}

void packed_pack(int64_t K, int64_t N, Matrix b, Real *packed)
{
    const int64_t blocks = pieces_of(K, UNIT);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < blocks * pieces_of(N, PANEL); i++) {
        const int64_t k = i % blocks * UNIT, n = i / blocks * PANEL;
        pack_rows(k, K, N - n < PANEL ? N - n : PANEL, b, n, packed + i * UNIT * PANEL);
    }
}
