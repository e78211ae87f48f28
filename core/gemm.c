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

void gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c,
          int64_t ldc)
{
    CBLAS_GEMM(CblasRowMajor, flag(a), flag(b), (blasint)M, (blasint)N, (blasint)K, alpha,
               a.data, (blasint)a.ld, b.data, (blasint)b.ld, beta, c, (blasint)ldc);
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
    omp_set_num_threads(threads);
    openblas_set_num_threads(threads);
    return threads;
}

const char *gemm_library(void) { return openblas_get_config(); }
