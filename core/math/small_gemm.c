/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of c stay in registers until the whole product of their rows and columns is there. */
#include "core/math/small_gemm.h"

#include "core/math/lanes.h"

#include <stdbool.h>

/* x * y + z is one rounding in this file: that the compiler may fuse it is what makes a vector
 * type enough. */
#ifdef __clang__
#define FUSE _Pragma("clang fp contract(fast)")
#else
#define FUSE
#pragma GCC optimize("fp-contract=fast")
#endif

#ifdef __AVX512F__
enum { ROWS = 8, VECTORS = 3 };
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
_Static_assert(SMALL_UNIT % LANE_COUNT == 0, "a row is not of whole vectors");

typedef struct Block {
    int64_t N, K;
    SmallMatrix a;
    const Real *b, *start;
    Real *c;
} Block;

/* `rows` and `vectors` are constants wherever this is called. */
static inline __attribute__((always_inline)) void multiply(const Block *p, const int rows,
                                                           const int vectors)
{
    FUSE Lanes sum[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] =
                p->start ? lanes_load(p->start + r * p->N + v * LANE_COUNT) : (Lanes){0};
    for (int64_t k = 0; k < p->K; k++) {
        Lanes b[VECTORS];
        for (int v = 0; v < vectors; v++) b[v] = lanes_load(p->b + k * p->N + v * LANE_COUNT);
        for (int r = 0; r < rows; r++) {
            const Real a = p->a.data[r * p->a.row + k * p->a.col];
            for (int v = 0; v < vectors; v++) sum[r][v] = a * b[v] + sum[r][v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            lanes_store(sum[r][v], p->c + r * p->N + v * LANE_COUNT);
}

static void multiply_many(const Block *p, int vectors)
{
    if (vectors == 3)
        multiply(p, ROWS, VECTORS);
    else if (vectors == 2)
        multiply(p, ROWS, 2);
    else
        multiply(p, ROWS, 1);
}

static void multiply_one(const Block *p, int vectors)
{
    if (vectors == 3)
        multiply(p, 1, VECTORS);
    else if (vectors == 2)
        multiply(p, 1, 2);
    else
        multiply(p, 1, 1);
}

void small_gemm(int64_t M, int64_t N, int64_t K, SmallMatrix a, const Real *b,
                const Real *start, Real *c)
{
    for (int64_t n = 0; n < N;) {
        const int64_t left = (N - n) / LANE_COUNT;
        const int vectors = left < VECTORS ? (int)left : VECTORS;
        for (int64_t m = 0; m < M;) {
            const bool many = M - m >= ROWS;
            const Block p = {N,
                             K,
                             {a.data + m * a.row, a.row, a.col},
                             b + n,
                             start ? start + m * N + n : NULL,
                             c + m * N + n};
            (many ? multiply_many : multiply_one)(&p, vectors);
            m += many ? ROWS : 1;
        }
        n += vectors * LANE_COUNT;
    }
}
