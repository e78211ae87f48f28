/* OpenBLAS behind one function. */
#include "core/gemm.h"

#include <cblas.h>
#include <omp.h>

static enum CBLAS_TRANSPOSE flag(Matrix m) { return m.transposed ? CblasTrans : CblasNoTrans; }

#ifdef RAMPLUS_DOUBLE
#define CBLAS_GEMM cblas_dgemm
#else
#define CBLAS_GEMM cblas_sgemm
#endif

/* ---- tiles ----
 * OpenBLAS cuts a product by the number of its threads, and where it cuts, sums are rounded otherwise.
 * So it always has one thread, and the cuts made here depend on the shape alone. */

enum {
    TILE = 512,      /* rows and columns at most: OpenBLAS copies the factors of each */
    TILE_LEAST = 64, /* smaller ones take longer to copy than to multiply */
    TILES_WANTED = 8,
    TILES_WANTED_LARGE = 16,
};
/* Multiplications of a product that is cut, and of a large one. */
static const int64_t CUT = 1 << 18, LARGE = 1LL << 31;

typedef struct Tiles {
    int64_t rows, cols; /* of one */
    int64_t down, across;
} Tiles;

static int64_t pieces(int64_t n, int64_t size) { return (n + size - 1) / size; }

static Tiles tiles_of(int64_t M, int64_t N, int64_t K)
{
    if (M * N * K < CUT) return (Tiles){M, N, 1, 1};
    const int64_t wanted = M * N * K < LARGE ? TILES_WANTED : TILES_WANTED_LARGE;
    Tiles t = {.rows = TILE, .cols = TILE};
    for (;;) {
        t.down = pieces(M, t.rows), t.across = pieces(N, t.cols);
        int64_t *larger = t.rows >= t.cols ? &t.rows : &t.cols;
        if (t.down * t.across >= wanted || *larger <= TILE_LEAST) break;
        *larger /= 2;
    }
    t.rows = pieces(M, t.down), t.cols = pieces(N, t.across);
    return t;
}

static int64_t length(int64_t whole, int64_t start, int64_t most)
{
    return whole - start < most ? whole - start : most;
}

static const Real *corner(Matrix m, int64_t row, int64_t col)
{
    return m.transposed ? m.data + col * m.ld + row : m.data + row * m.ld + col;
}

typedef struct Product {
    int64_t M, N, K, ldc;
    Real alpha, beta;
    Matrix a, b;
    Real *c;
    Tiles tiles;
} Product;

static void multiply_tile(const Product *p, int64_t i)
{
    const Tiles *t = &p->tiles;
    const int64_t row = i / t->across * t->rows, col = i % t->across * t->cols;
    const int64_t rows = length(p->M, row, t->rows), cols = length(p->N, col, t->cols);
    CBLAS_GEMM(CblasRowMajor, flag(p->a), flag(p->b), (blasint)rows, (blasint)cols,
               (blasint)p->K, p->alpha, corner(p->a, row, 0), (blasint)p->a.ld,
               corner(p->b, 0, col), (blasint)p->b.ld, p->beta, p->c + row * p->ldc + col,
               (blasint)p->ldc);
}

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc)
{
    const Product p = {M, N, K, ldc, alpha, beta, a, b, c, tiles_of(M, N, K)};
    const int64_t tiles = p.tiles.down * p.tiles.across;
    if (omp_in_parallel() || omp_get_max_threads() == 1) {
        for (int64_t i = 0; i < tiles; i++) multiply_tile(&p, i);
        return;
    }
#pragma omp parallel if (tiles > 1)
    {
        /* In here alone: OpenBLAS goes by it where a single thread runs this. */
        omp_set_num_threads(1);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(&p, i);
    }
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
    if (threads <= 0) threads = omp_get_num_procs();
    openblas_set_num_threads(1); /* first: it may set OpenMP's number too */
    omp_set_num_threads(threads);
    return threads;
}

const char *gemm_library(void) { return openblas_get_config(); }
