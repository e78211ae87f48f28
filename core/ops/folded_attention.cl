/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"
#include "core/ops/dropout_row.h"

/* The scores p [Q, heads N] of image b become probabilities, head by head; drops: dropped [Q,
 * heads N] receives what dropout leaves of them. */
KERNEL folded_softmax(int64_t Q, int64_t heads, int64_t N, OUT(Real) p, int drops,
                      DropoutMask mask, int64_t b, OUT(Real) dropped)
{
    ROWS(q, Q, EVENLY) {
        const int64_t HN = heads * N, at = q * HN;
        row_softmax_parts(heads, N, p + at TEAM_ARG);
        TEAM_SYNC();
        if (drops) dropout_row(mask, b, q, HN, p + at, dropped + at, 0);
    }
}

/* ds [Q, heads N] = the gradient of the scores of image b; drops: from dd, that of `dropped`,
 * else from itself, that of the probabilities. */
KERNEL folded_softmax_backward(int64_t Q, int64_t heads, int64_t N, IN(Real) p, int drops,
                               DropoutMask mask, int64_t b, IN(Real) dd, OUT(Real) ds)
{
    ROWS(q, Q, EVENLY) {
        const int64_t HN = heads * N, at = q * HN;
        if (drops) dropout_row(mask, b, q, HN, dd + at, ds + at, 0);
        TEAM_SYNC();
        for (int64_t a = 0; a < heads; a++)
            row_softmax_backward(N, p + at + a * N, ds + at + a * N TEAM_ARG);
    }
}
