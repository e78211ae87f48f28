/* SPDX-License-Identifier: Apache-2.0 */
/* The best of repeated products of zeros. */
#include "tests/bench/sgemm_rate.h"

#include "core/log.h"
#include "core/math/gemm.h"
#include "core/mem.h"

#include <math.h>

enum { RUNS = 20 };

double sgemm_rate(int64_t M, int64_t N, int64_t K)
{
    Real *a = mem_calloc((size_t)(M * K), sizeof *a),
         *b = mem_calloc((size_t)(N * K), sizeof *b),
         *c = mem_calloc((size_t)(M * N), sizeof *c);
    double best = 0;
    for (int i = 0; i < RUNS; i++) {
        const double start = log_now();
        gemm_nt(M, N, K, a, b, 0, c);
        best = fmax(best, 2e-9 * (double)(M * N * K) / (log_now() - start));
    }
    mem_free(a);
    mem_free(b);
    mem_free(c);
    return best;
}
