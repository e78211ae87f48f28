/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout of one row, shared by the kernels of op_dropout and op_folded_attention. */
#ifndef RAMPLUS_CORE_OPS_DROPOUT_ROW_H
#define RAMPLUS_CORE_OPS_DROPOUT_ROW_H

#include "core/math/real.h"
#include "core/philox.h"

typedef struct DropoutMask {
    uint32_t key[2], counter[4]; /* of the random stream */
    int64_t first, stride;       /* row (b, q) draws the numbers of row first + b stride + q */
    uint32_t threshold;          /* dropped where the random number is below it */
    Real scale;                  /* 1 / (1 - p) */
} DropoutMask;

enum { DROPOUT_OWN = PER_LANE(256, 4) }; /* random numbers per draw */

/* y = x mask scale (add: y += ...) for row q of image b; C elements. */
INLINE void dropout_row(DropoutMask m, int64_t b, int64_t q, int64_t C, IN(Real) x, OUT(Real) y,
                        int add)
{
    const uint64_t row = (uint64_t)(m.first + b * m.stride + q);
    const uint64_t start = row * (uint64_t)((C + 3) / 4);
    for (int64_t c = LANE * DROPOUT_OWN; c < C; c += LANES * DROPOUT_OWN) {
        uint32_t random[DROPOUT_OWN];
        const int64_t n = C - c < DROPOUT_OWN ? C - c : DROPOUT_OWN;
        philox_fill(m.key, m.counter, start + (uint64_t)c / 4, n, random);
        for (int64_t i = 0; i < n; i++) {
            const Real kept = random[i] < m.threshold ? 0 : x[c + i] * m.scale;
            y[c + i] = add ? y[c + i] + kept : kept;
        }
    }
}

#endif
