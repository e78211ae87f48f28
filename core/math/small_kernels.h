/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways of core/math/small_gemm.h, for its own files alone. */
#ifndef RAMPLUS_CORE_MATH_SMALL_KERNELS_H
#define RAMPLUS_CORE_MATH_SMALL_KERNELS_H

#include "core/math/fuse.h"
#include "core/math/lanes.h"
#include "core/math/small_gemm.h"

/* Compiled for each number of rows and columns of a block, and into their callers, since a call
 * would take as long as a block. */
#define KERNEL static inline __attribute__((always_inline))

/* The product without the first m rows and n columns of c. */
static inline SmallProduct small_from(const SmallProduct *p, int64_t m, int64_t n)
{
    SmallProduct rest = *p;
    rest.M -= m, rest.N -= n;
    rest.a.data += m * p->a.row;
    rest.b.data += n * p->b.col;
    rest.c += m * p->ldc + n;
    if (rest.start) rest.start += m * p->ldc + n;
    return rest;
}

/* b has dense rows: vectors hold columns of c. */
void small_columns(const SmallProduct *p);

/* a has dense rows and b dense columns: vectors hold parts of the sums. */
void small_dots(const SmallProduct *p);

#endif
