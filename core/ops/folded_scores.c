/* SPDX-License-Identifier: Apache-2.0 */
/* One product, added to the last column of the keys in every row. */
#include "core/ops/folded_scores.h"

#include "core/math/gemm.h"
#include "core/math/rows.h"

void folded_scores_start(int64_t Q, int64_t C, int64_t HN, const Real *keys, Real *s)
{
    for (int64_t i = 0; i < HN; i++) s[i] = keys[i * (C + 1) + C];
    rows_fill(Q - 1, HN, s, s + HN);
}

void folded_scores(int64_t Q, int64_t C, int64_t HN, const Real *x, const Real *keys, Real *s)
{
    folded_scores_start(Q, C, HN, keys, s);
    gemm(Q, HN, C, 1, (Matrix){x, C, false}, (Matrix){keys, C + 1, true}, 1, s, HN);
}
