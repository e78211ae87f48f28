/* SPDX-License-Identifier: Apache-2.0 */
/* Masks are recomputed from the counter-based stream in backward instead of being stored. */
#include "core/ops/dropout_mask.h"

#include "core/error.h"

DropoutMask dropout_mask(const Tape *tape, double p, int64_t Q, DropoutRows rows)
{
    CHECK(p >= 0 && p < 1, "p is %g", p);
    CHECK(rows.first >= 0 && rows.first + Q <= rows.stride, "queries %ld + %ld of %ld",
          rows.first, Q, rows.stride);
    const Rng r = tape_stream(tape, RNG_DROPOUT, rows.site);
    return (DropoutMask){.key = {r.key[0], r.key[1]},
                         .counter = {r.counter[0], r.counter[1], r.counter[2], r.counter[3]},
                         .first = tape_shard(tape)->first * rows.stride + rows.first,
                         .stride = rows.stride,
                         .threshold = (uint32_t)(p * 4294967296.0),
                         .scale = (Real)(1 / (1 - p))};
}
