/* SPDX-License-Identifier: Apache-2.0 */
/* Products by OpenBLAS. Each call of OpenBLAS runs on one thread; threads share the tiles of a
 * product (core/math/tiles.h). */
#include "core/math/gemm.h"

#include "core/math/flops.h"
#include "core/math/threads.h"
#include "core/math/tile_check.h"
#include "core/mem.h"

#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static enum CBLAS_TRANSPOSE flag(Matrix m) { return m.transposed ? CblasTrans : CblasNoTrans; }

#ifdef RAMPLUS_DOUBLE
#define CBLAS_GEMM cblas_dgemm
#else
#define CBLAS_GEMM cblas_sgemm
#endif

static const Real *corner(Matrix m, int64_t row, int64_t col)
{
    return m.transposed ? m.data + col * m.ld + row : m.data + row * m.ld + col;
}

/* Number of multiplications from which on a product is split among threads. */
static const int64_t SPLIT_MIN = 1 << 18;

typedef struct Product {
    int64_t K, ldc;
    Real alpha, beta;
    Matrix a, b;
    Real *c;
    Tiles tiles;
} Product;

static void multiply_tile(const Product *p, int64_t i)
{
    const Tile t = tiles_at(&p->tiles, i);
    flops_count(t.rows, t.cols, p->K);
    CBLAS_GEMM(CblasRowMajor, flag(p->a), flag(p->b), (blasint)t.rows, (blasint)t.cols,
               (blasint)p->K, p->alpha, corner(p->a, t.row, 0), (blasint)p->a.ld,
               corner(p->b, 0, t.col), (blasint)p->b.ld, p->beta, p->c + t.row * p->ldc + t.col,
               (blasint)p->ldc);
}

static void multiply(const Product *p)
{
    for (int64_t i = 0; i < tiles_count(&p->tiles); i++) multiply_tile(p, i);
}

/* Whether the library's numbers are the same in any tiles: found out once, by the first
 * gemm_set_threads. A variable outside a function (tests/lint.sh knows it), since it is a
 * property of the library as loaded, like its kernels. */
static enum { UNKNOWN, SAME, DIFFERENT } in_tiles;

static Tiles choose_tiles(int64_t M, int64_t N, int64_t K)
{
    return in_tiles == SAME ? tiles_shared(M, N, K, threads_here())
                            : tiles_of(M, N, K, SPLIT_MIN);
}

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc)
{
    const Product p = {K, ldc, alpha, beta, a, b, c, choose_tiles(M, N, K)};
    const int64_t tiles = tiles_count(&p.tiles);
    if (tiles == 1 || threads_here() == 1) {
        multiply(&p);
        return;
    }
#pragma omp parallel
    {
        /* In this region only: OpenBLAS uses this number if a single thread runs the
         * region. */
        omp_set_num_threads(1);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(&p, i);
    }
}

void gemm_serial(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc)
{
    const Product p = {K, ldc, alpha, beta, a, b, c, {M, N, 1, 1}};
    multiply_tile(&p, 0);
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

static void multiply_in(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                        Real *c)
{
    multiply(&(Product){K, tiles.N, alpha, beta, a, b, c, tiles});
}

int gemm_set_threads(int threads)
{
    threads = threads_choose(threads, 0).count;
    openblas_set_num_threads(1); /* first, because it may set OpenMP's number, too */
    if (in_tiles == UNKNOWN) in_tiles = tile_check(multiply_in) ? SAME : DIFFERENT;
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

const char *gemm_library(void) { return openblas_get_config(); }
