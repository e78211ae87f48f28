/* SPDX-License-Identifier: Apache-2.0 */
/* The four ways of core/math/small_gemm.h, for its own files alone. */
#ifndef RAMPLUS_CORE_MATH_SMALL_KERNELS_H
#define RAMPLUS_CORE_MATH_SMALL_KERNELS_H

#include "core/math/fuse.h"
#include "core/math/lanes.h"
#include "core/math/small_gemm.h"

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

/* Vectors of columns of c that are computed at a time. */
#ifdef __AVX512F__
enum { VECTORS = 3 };
#else
enum { VECTORS = 2 };
#endif

/* b has dense rows: vectors hold columns of c. */
void small_columns(const SmallProduct *p);

/* a has dense rows and b dense columns: vectors hold parts of the sums. */
void small_dots(const SmallProduct *p);

/* The same for more rows of a, which are transposed: small_columns computes the transpose of
 * c. */
enum { SMALL_ROWS_MAX = 64 };
void small_rows(const SmallProduct *p);

/* The same for many rows of a: parts of b are transposed for small_columns. */
void small_panels(const SmallProduct *p);

#endif
