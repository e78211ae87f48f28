/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a product of a layer tile by tile, while the cache still holds the tile. */
#ifndef RAMPLUS_CORE_MATH_FINISH_H
#define RAMPLUS_CORE_MATH_FINISH_H

#include "core/math/real.h"
#include "core/math/tiles.h"

typedef struct Finish {
    const Real *bias; /* [N], added to every row; NULL: nothing */
    const Real *add;  /* [M, N], added then; NULL: nothing */
    Real *gelu;       /* [M, N] becomes x Phi(x) of each number x then; it may be the product
                       * itself. NULL: nothing */
} Finish;

/* Finishes one tile of c [M, N]. */
void finish_tile(const Finish *f, Tile t, int64_t N, Real *c);

#endif
