/* SPDX-License-Identifier: Apache-2.0 */
/* One product, added to the last column of the keys. */
#include "core/ops/folded_scores.h"

#include "core/math/gemm.h"

void folded_scores(int64_t Q, int64_t C, int64_t HN, const Real *x, const Real *keys, Real *s)
{
    for (int64_t i = 0; i < Q * HN; i++) s[i] = keys[i % HN * (C + 1) + C];
    gemm(Q, HN, C, 1, (Matrix){x, C, false}, (Matrix){keys, C + 1, true}, 1, s, HN);
}
