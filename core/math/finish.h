/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a product of a layer tile by tile, while the cache still holds the tile. */
#ifndef RAMPLUS_CORE_MATH_FINISH_H
#define RAMPLUS_CORE_MATH_FINISH_H

#include "core/math/real.h"
#include "core/math/tiles.h"

typedef struct Finish {
    const Real *bias;    /* [N], added to every row; NULL: nothing */
    const Real *add;     /* [M, N], added then; NULL: nothing */
    uint16_t *half;      /* [M, N], the sums rounded to bfloat16; NULL: nothing */
    Real *gelu;          /* [M, N] becomes x Phi(x) of each number x then; it may be the product
                       * itself. NULL: nothing */
    uint16_t *half_gelu; /* [M, N], the same rounded to bfloat16; NULL: nothing */
    Real *slope;         /* with gelu: [M, N], its derivative at x, which may take the place of
                           * the product; NULL: nothing */
    uint16_t *half_slope; /* with half_gelu: the same rounded to bfloat16; NULL: nothing */
} Finish;

/* Finishes tile t of a product of rows of N. The first number of the tile is at c, its rows are
 * ld numbers apart. */
void finish_tile(const Finish *f, Tile t, int64_t N, Real *c, int64_t ld);

#endif
