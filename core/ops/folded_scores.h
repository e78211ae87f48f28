/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of queries with folded keys, for the operations that attend. */
#ifndef RAMPLUS_CORE_OPS_FOLDED_SCORES_H
#define RAMPLUS_CORE_OPS_FOLDED_SCORES_H

#include "core/math/real.h"

#include <stdint.h>

/* s = x keys^T + bias of one image (op_fold_keys).   x [Q, C]  keys [HN, C+1]  ->  s [Q,
 * HN]. */
void folded_scores(int64_t Q, int64_t C, int64_t HN, const Real *x, const Real *keys, Real *s);
/* What the product is added to: s = bias in each of the Q rows. */
void folded_scores_start(int64_t Q, int64_t C, int64_t HN, const Real *keys, Real *s);

#endif
