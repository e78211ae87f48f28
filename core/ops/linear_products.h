/* SPDX-License-Identifier: Apache-2.0 */
/* The three products of a linear layer y = x w^T + b, in the precision of the tape. */
#ifndef RAMPLUS_CORE_OPS_LINEAR_PRODUCTS_H
#define RAMPLUS_CORE_OPS_LINEAR_PRODUCTS_H

#include "core/autograd/tape.h"
#include "core/math/finish.h"

/* x [M, K] in one of two forms. */
typedef struct LayerInput {
    const Real *whole;    /* NULL: half */
    const uint16_t *half; /* in bfloat16 */
} LayerInput;

/* w [N, K]. */
typedef struct LayerWeights {
    int64_t N, K;
    const Real *w;
} LayerWeights;

/* Whether a layer leaves its activations in bfloat16, to which the next layer would round
 * them. */
bool linear_keeps_half(const Tape *tape);

/* y [M, N] = x w^T, finished. y NULL: only what is in bfloat16 is wanted. */
void linear_forward(Tape *tape, LayerWeights w, int64_t M, LayerInput x, Finish finish,
                    Real *y);

/* y += x w^T + bias, in the tiles of the product. Returns false, and does nothing, in integers
 * and where weights are not packed. */
bool linear_add_to(Tape *tape, LayerWeights w, int64_t M, LayerInput x, const Real *bias,
                   Real *y);

/* To add to, or to write if they are new: dx [M, K], dw [N, K], db [N]. NULL: not wanted. */
typedef struct LinearGradients {
    Real *dx, *dw, *db;
    bool new_dx, new_dw;
} LinearGradients;

/* dx = dy w, dw = dy^T x, db = the sum of the rows of dy [M, N]. */
void linear_backward(Tape *tape, LayerWeights w, int64_t M, LayerInput x, const Real *dy,
                     const LinearGradients *g);

#endif
