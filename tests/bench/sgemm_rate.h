/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine can do in the same run, to which benchmarks relate their results. */
#ifndef RAMPLUS_TESTS_BENCH_SGEMM_RATE_H
#define RAMPLUS_TESTS_BENCH_SGEMM_RATE_H

#include <stdint.h>

/* GFLOP/s of the product [M, K] [N, K]^T; the best of several runs. */
double sgemm_rate(int64_t M, int64_t N, int64_t K);

#endif
