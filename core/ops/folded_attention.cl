/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/row.h"
#include "core/ops/dropout_row.h"

/* The scores of query q in p [Q, heads N] of image b become probabilities, head by head;
 * drops: dropped [Q, heads N] receives what dropout leaves of them; rounded, unless NULL, what
 * is left in bfloat16. */
INLINE void folded_softmax_row(int64_t q, int64_t heads, int64_t N, OUT(Real) p, int drops,
                               DropoutMask mask, int64_t b, OUT(Real) dropped,
                               OUT(uint16_t) rounded TEAM_PARAM)
{
    const int64_t HN = heads * N, at = q * HN;
    row_softmax_parts(heads, N, p + at TEAM_ARG);
    TEAM_SYNC();
    if (drops) dropout_row(mask, b, q, HN, p + at, dropped + at, 0);
    TEAM_SYNC();
    if (rounded) row_round(HN, drops ? dropped + at : p + at, rounded + at);
}

KERNEL folded_softmax(int64_t Q, int64_t heads, int64_t N, OUT(Real) p, int drops,
                      DropoutMask mask, int64_t b, OUT(Real) dropped, OUT(uint16_t) rounded)
{
    ROWS(q, Q, EVENLY)
        folded_softmax_row(q, heads, N, p, drops, mask, b, dropped, rounded TEAM_ARG);
}

/* ds [Q, heads N] = the gradient of the scores of query q of image b; drops: from dd, that of
 * `dropped`, else from itself, that of the probabilities. */
INLINE void folded_softmax_backward_row(int64_t q, int64_t heads, int64_t N, IN(Real) p,
                                        int drops, DropoutMask mask, int64_t b, IN(Real) dd,
                                        OUT(Real) ds TEAM_PARAM)
{
    const int64_t HN = heads * N, at = q * HN;
    if (drops) dropout_row(mask, b, q, HN, dd + at, ds + at, 0);
    TEAM_SYNC();
    for (int64_t a = 0; a < heads; a++)
        row_softmax_backward(N, p + at + a * N, ds + at + a * N TEAM_ARG);
}

KERNEL folded_softmax_backward(int64_t Q, int64_t heads, int64_t N, IN(Real) p, int drops,
                               DropoutMask mask, int64_t b, IN(Real) dd, OUT(Real) ds)
{
    ROWS(q, Q, EVENLY)
        folded_softmax_backward_row(q, heads, N, p, drops, mask, b, dd, ds TEAM_ARG);
}
