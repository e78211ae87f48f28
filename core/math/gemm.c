/* SPDX-License-Identifier: Apache-2.0 */
/* Large products by oneDNN where that is faster, small ones by core/math/small_gemm.h, and all
 * others by OpenBLAS. Each call of a library runs on one thread; threads share the tiles of a
 * product (core/math/tiles.h). */
#include "core/math/gemm.h"

#include "core/math/flops.h"
#include "core/math/onednn.h"
#include "core/math/small_gemm.h"
#include "core/math/threads.h"
#include "core/math/tile_check.h"
#include "core/mem.h"

#include <cblas.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static enum CBLAS_TRANSPOSE flag(Matrix m) { return m.transposed ? CblasTrans : CblasNoTrans; }

#ifdef RAMPLUS_DOUBLE
#define CBLAS_GEMM cblas_dgemm
#define CBLAS_GEMV cblas_dgemv
#else
#define CBLAS_GEMM cblas_sgemm
#define CBLAS_GEMV cblas_sgemv
#endif

static const Real *corner(Matrix m, int64_t row, int64_t col)
{
    return m.transposed ? m.data + col * m.ld + row : m.data + row * m.ld + col;
}

/* Number of multiplications from which on a product is divided among threads, and from which on
 * oneDNN overtakes OpenBLAS: what a call costs no longer counts. */
static const int64_t LARGE = 1 << 18;
enum { MANY = 64 }; /* threads that every product of a large model is to keep busy */

/* SMALL is none: its products are never divided. */
typedef enum Library { OPENBLAS, ONEDNN, LIBRARIES, SMALL = LIBRARIES } Library;

/* Whether the numbers of each library are the same in any tiles: found out once, by the first
 * product to which it matters. A variable outside a function (tests/lint.sh knows it), since it
 * is a property of the libraries as loaded, like their kernels. */
static struct {
    pthread_once_t once;
    bool same[LIBRARIES];
} in_tiles = {.once = PTHREAD_ONCE_INIT};

typedef struct Product {
    Library library; /* by the whole shape, so that no number depends on the tiles */
    int64_t K, ldc;
    Real alpha, beta;
    Matrix a, b;
    Real *c;
    Tiles tiles;
    const Finish *finish; /* NULL: nothing more is done to c */
} Product;

/* A product of one row: a matrix product would copy b for it. */
static void multiply_row(const Product *p, Tile t, Matrix a, Matrix b, Real *c)
{
    CBLAS_GEMV(CblasRowMajor, b.transposed ? CblasNoTrans : CblasTrans,
               (blasint)(b.transposed ? t.cols : p->K), (blasint)(b.transposed ? p->K : t.cols),
               p->alpha, b.data, (blasint)b.ld, a.data, (blasint)(a.transposed ? a.ld : 1),
               p->beta, c, 1);
}

static SmallMatrix strides(Matrix m)
{
    return (SmallMatrix){m.data, m.transposed ? 1 : m.ld, m.transposed ? m.ld : 1};
}

/* The product, which is of one tile. */
static SmallProduct small_product(const Product *p)
{
    return (SmallProduct){.M = p->tiles.M,
                          .N = p->tiles.N,
                          .K = p->K,
                          .alpha = p->alpha,
                          .a = strides(p->a),
                          .b = strides(p->b),
                          .start = p->beta == 0 ? NULL : p->c,
                          .c = p->c,
                          .ldc = p->ldc};
}

static void multiply_small(const Product *p)
{
    const SmallProduct small = small_product(p);
    small_gemm(&small);
}

/* Whether small_gemm can compute it; a single row is for multiply_row. */
static bool fits_small(const Product *p)
{
    const SmallProduct small = small_product(p);
    return p->tiles.M > 1 && (p->beta == 0 || p->beta == 1) && small_gemm_can(&small);
}

static int64_t work_of(const Product *p) { return p->tiles.M * p->tiles.N * p->K; }

static bool is_small(const Product *p) { return work_of(p) < LARGE && fits_small(p); }

/* Number of multiplications up to which small_gemm is faster for y = x w^T, where oneDNN copies
 * both factors. */
static const int64_t LAYER_MAX = 1 << 28;

static bool is_small_layer(const Product *p)
{
    return !p->a.transposed && p->b.transposed && work_of(p) < LAYER_MAX && fits_small(p);
}

static void multiply_tile(const Product *p, int64_t i)
{
    const Tile t = tiles_at(&p->tiles, i);
    const Matrix a = {corner(p->a, t.row, 0), p->a.ld, p->a.transposed};
    const Matrix b = {corner(p->b, 0, t.col), p->b.ld, p->b.transposed};
    Real *c = p->c + t.row * p->ldc + t.col;
    if (p->tiles.M == 1)
        multiply_row(p, t, a, b, c);
    else if (p->library == SMALL)
        multiply_small(p);
    else if (p->library == ONEDNN)
        onednn_gemm(t.rows, t.cols, p->K, p->alpha, a, b, p->beta, c, p->ldc);
    else
        CBLAS_GEMM(CblasRowMajor, flag(a), flag(b), (blasint)t.rows, (blasint)t.cols,
                   (blasint)p->K, p->alpha, a.data, (blasint)a.ld, b.data, (blasint)b.ld,
                   p->beta, c, (blasint)p->ldc);
    if (p->finish) finish_tile(p->finish, t, p->ldc, c, p->ldc);
}

static void multiply_tiles(const Product *p)
{
    for (int64_t i = 0; i < tiles_count(&p->tiles); i++) multiply_tile(p, i);
}

/* On the calling thread; outside a parallel region, the libraries would use all. */
static void multiply(const Product *p)
{
    if (omp_in_parallel()) {
        multiply_tiles(p);
        return;
    }
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    multiply_tiles(p);
    omp_set_num_threads(threads);
}

static TileLimits openblas_limits(Matrix a, Matrix b)
{
    (void)a, (void)b;
    return (TileLimits){1, 1, INT64_MAX / 2};
}

/* oneDNN computes a product with or without copies of its factors, by its size, the form, and
 * whether the rows fill few lines of a cache. Within these limits of version 2.6 it decides
 * alike for all tiles, which matters, since the bits of the two ways differ. */
static TileLimits onednn_limits(Matrix a, Matrix b)
{
    TileLimits limits = {32, 32, 512};
    if (!a.transposed && b.transposed && a.ld % 256 == 0 && b.ld % 256 == 0)
        limits.cols = 112;
    else if (!a.transposed && b.transposed)
        limits.rows = 208;
    else if (!a.transposed && b.ld % 1024 == 0)
        limits.rows = 104;
    return limits;
}

enum { CACHED = 512 }; /* rows and columns of a tile that a cache holds to be finished */

static TileLimits limits_of(const Product *p)
{
    TileLimits limits =
        p->library == ONEDNN ? onednn_limits(p->a, p->b) : openblas_limits(p->a, p->b);
    if (p->finish && limits.side > CACHED) limits.side = CACHED;
    return limits;
}

/* c [M, N], tile by tile; all matrices dense. */
static void by_openblas(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                        Real *c)
{
    multiply(&(Product){OPENBLAS, K, tiles.N, alpha, beta, a, b, c, tiles, NULL});
}

static void by_onednn(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                      Real *c)
{
    multiply(&(Product){ONEDNN, K, tiles.N, alpha, beta, a, b, c, tiles, NULL});
}

static void check_libraries(void)
{
    if (onednn_gemm_is_fast()) onednn_open();
    in_tiles.same[OPENBLAS] = tile_check(by_openblas, openblas_limits);
    in_tiles.same[ONEDNN] = onednn_gemm_is_fast() && onednn_is_version(2, 6) &&
                            tile_check(by_onednn, onednn_limits);
}

/* The library of a product that threads divide, by its shape alone: oneDNN, unless its limits
 * leave fewer tiles than MANY threads could share. */
static Library divider(const Product *p)
{
    const TileLimits t = onednn_limits(p->a, p->b);
    const int64_t M = p->tiles.M, N = p->tiles.N, useful = M * N * p->K / TILE_WORK;
    const bool divides = !in_tiles.same[ONEDNN] ||
                         (M / t.rows) * (N / t.cols) >= (useful < MANY ? useful : MANY);
    return divides && onednn_gemm_is_fast() ? ONEDNN : OPENBLAS;
}

/* Chooses library and tiles of a large product. */
static void divide(Product *p)
{
    const int64_t M = p->tiles.M, N = p->tiles.N;
    pthread_once(&in_tiles.once, check_libraries);
    p->library = divider(p);
    p->tiles = in_tiles.same[p->library]
                   ? tiles_shared(M, N, p->K, threads_here(), limits_of(p))
                   : tiles_of(M, N, p->K, LARGE);
}

/* Chooses for threads that share the product. */
static void choose(Product *p)
{
    if (is_small(p))
        p->library = SMALL;
    else if (work_of(p) >= LARGE)
        divide(p);
}

/* On all threads, in tiles that depend on the shape alone, or do not matter. */
static void share(Product *p)
{
    const int64_t M = p->tiles.M, N = p->tiles.N;
    choose(p);
    const int64_t tiles = tiles_count(&p->tiles);
    flops_count(M, N, p->K);
    if (tiles == 1 || threads_here() == 1) {
        multiply(p);
        return;
    }
#pragma omp parallel
    {
        omp_set_num_threads(1); /* as in multiply; in this region only */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(p, i);
    }
}

/* Number i of several products of one shape. */
static Product product_at(const Product *first, const GemmEach *each, int64_t i)
{
    const int64_t at = each->at ? each->at[i] : i;
    Product p = *first;
    p.a.data += at * each->a;
    p.b.data += at * each->b;
    p.c += at * each->c;
    return p;
}

/* The tiles of all products, on all threads. */
static void share_each(Product *first, const GemmEach *each)
{
    const int64_t M = first->tiles.M, N = first->tiles.N;
    choose(first);
    const int64_t tiles = tiles_count(&first->tiles), all = each->count * tiles;
    flops_count(each->count * M, N, first->K);
    if (all == 1 || threads_here() == 1) {
        for (int64_t i = 0; i < each->count; i++) {
            const Product p = product_at(first, each, i);
            multiply(&p);
        }
        return;
    }
#pragma omp parallel
    {
        omp_set_num_threads(1); /* as in multiply; in this region only */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < all; i++) {
            const Product p = product_at(first, each, i / tiles);
            multiply_tile(&p, i % tiles);
        }
    }
}

/* On the calling thread, in one piece. */
static void multiply_whole(Product *p)
{
    const int64_t M = p->tiles.M, N = p->tiles.N;
    if (is_small(p) || is_small_layer(p)) {
        p->library = SMALL;
    } else if (work_of(p) >= LARGE && onednn_gemm_is_fast()) {
        pthread_once(&in_tiles.once, check_libraries);
        p->library = ONEDNN;
    }
    flops_count(M, N, p->K);
    multiply(p);
}

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc)
{
    share(&(Product){OPENBLAS, K, ldc, alpha, beta, a, b, c, {M, N, 1, 1}, NULL});
}

void gemm_each(const GemmEach *each, int64_t M, int64_t N, int64_t K, Matrix a, Matrix b,
               Real beta, const Finish *finish, Real *c, int64_t ldc)
{
    share_each(&(Product){OPENBLAS, K, ldc, 1, beta, a, b, c, {M, N, 1, 1}, finish}, each);
}

void gemm_serial(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc)
{
    multiply_whole(&(Product){OPENBLAS, K, ldc, alpha, beta, a, b, c, {M, N, 1, 1}, NULL});
}

void gemm_finished(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, Finish finish, Real *c)
{
    share(&(Product){OPENBLAS, K, N, 1, 0, a, b, c, {M, N, 1, 1}, &finish});
}

void gemm_serial_finished(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, Finish finish,
                          Real *c)
{
    multiply_whole(&(Product){OPENBLAS, K, N, 1, 0, a, b, c, {M, N, 1, 1}, &finish});
}

void gemm_nt(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y)
{
    gemm(M, N, K, 1, (Matrix){x, K, false}, (Matrix){w, K, true}, beta, y, N);
}

void gemm_nn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y)
{
    gemm(M, N, K, 1, (Matrix){x, K, false}, (Matrix){w, N, false}, beta, y, N);
}

void gemm_tn(int64_t M, int64_t N, int64_t K, const Real *x, const Real *w, Real beta, Real *y)
{
    gemm(M, N, K, 1, (Matrix){x, M, true}, (Matrix){w, N, false}, beta, y, N);
}

int gemm_set_threads(int threads)
{
    threads = threads_choose(threads, 0).count;
    openblas_set_num_threads(1); /* first, because it may set OpenMP's number, too */
    omp_set_num_threads(threads);
    return threads;
}

#ifdef __x86_64__
static const char *better_kernels(void)
{
    if (strcmp(openblas_get_corename(), "Prescott") != 0) return NULL;
    if (__builtin_cpu_supports("avx512vl")) return "SkylakeX";
    return __builtin_cpu_supports("avx2") ? "Haswell" : NULL;
}
#else
static const char *better_kernels(void) { return NULL; }
#endif

/* OpenBLAS with kernels for many processors has these; others know one processor anyway. */
extern void gotoblas_dynamic_quit(void) __attribute__((weak));
extern void gotoblas_dynamic_init(void) __attribute__((weak));

void gemm_open(void)
{
    const char *kernels = better_kernels();
    if (!kernels || getenv("OPENBLAS_CORETYPE")) return;
    if (!gotoblas_dynamic_quit || !gotoblas_dynamic_init) return;
    /* Without memory the kernels would be others than usual, and so the last bits of
     * results. */
    if (setenv("OPENBLAS_CORETYPE", kernels, 1) != 0) mem_exhausted(0);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
}

char *gemm_library(void)
{
    char name[32];
    onednn_name(name);
    return onednn_gemm_is_fast()
               ? mem_format("%s; large products: %s", openblas_get_config(), name)
               : mem_strdup(openblas_get_config());
}
