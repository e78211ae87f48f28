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

/* So few rows of a that transposing b costs more than adding up the lanes of a sum, of which
 * short sums have as many as numbers. */
static bool has_few_rows(const SmallProduct *p)
{
    enum { LONG = 256, FEW = 32, FEW_LONG = 64 };
    if (p->K >= LONG) return p->M <= FEW_LONG;
    return p->M <= FEW && p->K % LANE_COUNT == 0;
}

void small_gemm(const SmallProduct *p)
{
    CHECK(small_gemm_can(p),
          "the rows of b are not dense, nor those of a and the columns of b");
    if (!by_dots(p))
        small_columns(p);
    else if (has_few_rows(p))
        small_dots(p);
    else
        small_panels(p);
}
