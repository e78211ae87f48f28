/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of operations whose inner values need not be kept for the backward pass, which
 * computes them again instead (Chen et al. 2016): less memory for one more forward pass.
 * Random streams depend on their site alone, so the numbers are the same. */
#ifndef RAMPLUS_CORE_AUTOGRAD_RECOMPUTE_H
#define RAMPLUS_CORE_AUTOGRAD_RECOMPUTE_H

#include "core/autograd/tape.h"

/* y = block(tape, context, x): any operations, the last of which makes y. */
typedef Tensor *TapeBlock(Tape *tape, const void *context, Tensor *x);

/* Runs a block. A tape that does not record keeps only y; one that records keeps only x and y
 * if its recompute setting is `level` or above. context is borrowed until the backward has
 * run. */
Tensor *tape_block(Tape *tape, enum Recompute level, TapeBlock *block, const void *context,
                   Tensor *x);

#endif
