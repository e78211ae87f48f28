/* SPDX-License-Identifier: Apache-2.0 */
/* The random masks of dropout, shared by op_dropout and op_folded_attention. */
#ifndef RAMPLUS_CORE_OPS_DROPOUT_MASK_H
#define RAMPLUS_CORE_OPS_DROPOUT_MASK_H

#include "core/ops/ops.h"

typedef struct DropoutMask {
    Rng stream;
    int64_t first_image; /* of the batch that the tape computes */
    DropoutRows rows;
    uint32_t threshold; /* dropped where the random number is below it */
    Real scale;         /* 1 / (1 - p) */
} DropoutMask;

/* Q: queries of this tile, all of them within the stride. */
DropoutMask dropout_mask(const Tape *tape, double p, int64_t Q, DropoutRows rows);

/* y = x mask scale (add: y += ...) for row q of image b; C elements. */
void dropout_row(const DropoutMask *m, int64_t b, int64_t q, int64_t C, const Real *x, Real *y,
                 bool add);

#endif
