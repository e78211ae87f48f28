/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/small_gemm.h"

#include "core/error.h"
#include "core/math/small_kernels.h"

/* A single column, which is dense as well as its rows, is for small_dots. */
static bool by_dots(const SmallProduct *p)
{
    return p->a.col == 1 && p->b.row == 1 && p->K > 1;
}

bool small_gemm_can(const SmallProduct *p) { return p->b.col == 1 || by_dots(p); }

void small_gemm(const SmallProduct *p)
{
    CHECK(small_gemm_can(p),
          "the rows of b are not dense, nor those of a and the columns of b");
    (by_dots(p) ? small_dots : small_columns)(p);
}
