/* SPDX-License-Identifier: Apache-2.0 */
/* op_folded_attention with products in bfloat16 and everything else in float32. */
#ifndef RAMPLUS_CORE_OPS_FOLDED_HALVES_H
#define RAMPLUS_CORE_OPS_FOLDED_HALVES_H

#include "core/autograd/tape.h"
#include "core/ops/dropout_mask.h"

typedef struct FoldedAttention {
    Tensor *x, *keys, *values, *bo, *y;
    int64_t B, Q, C, h, N, HN; /* HN = h * N */
    Real *p;                   /* [B, Q, HN] before dropout */
    Real *dropped;             /* p after dropout; equal to p without dropout */
    bool dropout;
    DropoutMask mask;
} FoldedAttention;

/* Some of the images. */
typedef struct FoldedImages {
    const int64_t *at;
    int64_t count;
} FoldedImages;

typedef struct FoldedGradients {
    const FoldedAttention *s;
    const Real *dy;
    Real *dx, *dkeys, *dvalues;
    Real *ds; /* [B, Q, HN] scratch: gradient of probabilities, then of scores */
    Real *dd; /* gradient before the dropout's backward; equal to ds without dropout */
} FoldedGradients;

/* Adds the last column of dkeys, the sums of ds over the queries. */
void folded_add_biases(const FoldedGradients *g, FoldedImages images);

void folded_forward_halves(Tape *tape, const FoldedAttention *s);
void folded_backward_halves(Tape *tape, const FoldedGradients *g, FoldedImages images);

#endif
