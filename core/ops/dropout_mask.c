/* SPDX-License-Identifier: Apache-2.0 */
/* Masks are recomputed from the counter-based stream in backward instead of being stored. */
#include "core/ops/dropout_mask.h"

#include "core/error.h"

enum { CHUNK = 256 }; /* random numbers per draw, on the stack */

DropoutMask dropout_mask(const Tape *tape, double p, int64_t Q, DropoutRows rows)
{
    CHECK(p >= 0 && p < 1, "p is %g", p);
    CHECK(rows.first >= 0 && rows.first + Q <= rows.stride, "queries %ld + %ld of %ld",
          rows.first, Q, rows.stride);
    return (DropoutMask){.stream = tape_stream(tape, RNG_DROPOUT, rows.site),
                         .first_image = tape_shard(tape)->first,
                         .rows = rows,
                         .threshold = (uint32_t)(p * 4294967296.0),
                         .scale = (Real)(1 / (1 - p))};
}

void dropout_row(const DropoutMask *m, int64_t b, int64_t q, int64_t C, const Real *x, Real *y,
                 bool add)
{
    const uint64_t row = (uint64_t)((m->first_image + b) * m->rows.stride + m->rows.first + q);
    const uint64_t start = row * (uint64_t)((C + 3) / 4);
    for (int64_t c = 0; c < C; c += CHUNK) {
        uint32_t random[CHUNK];
        const int64_t n = C - c < CHUNK ? C - c : CHUNK;
        rng_fill(&m->stream, start + (uint64_t)c / 4, n, random);
        for (int64_t i = 0; i < n; i++) {
            const Real kept = random[i] < m->threshold ? 0 : x[c + i] * m->scale;
            y[c + i] = add ? y[c + i] + kept : kept;
        }
    }
}
