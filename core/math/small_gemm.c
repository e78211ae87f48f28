/* SPDX-License-Identifier: Apache-2.0 */
#include "core/math/small_gemm.h"

#include "core/error.h"
#include "core/math/pieces.h"
#include "core/math/small_kernels.h"

/* A single column, which is dense as well as its rows, is for small_dots. */
static bool by_dots(const SmallProduct *p)
{
    return p->a.col == 1 && p->b.row == 1 && p->K > 1;
}

bool small_gemm_can(const SmallProduct *p) { return p->b.col == 1 || by_dots(p); }

/* Rows of a so few, and sums so long, that adding up the lanes of a sum costs less than
 * transposing anything. */
static bool has_few_rows(const SmallProduct *p)
{
    enum { FEW = 24, LONG = 10 };
    return p->M <= FEW && p->K >= LONG * p->M;
}

/* Rows of a that nearly fill whole vectors; they and c, which is turned back, are small beside
 * b. */
static bool has_some_rows(const SmallProduct *p)
{
    const int64_t whole = pieces_round(p->M, LANE_COUNT);
    return p->M <= SMALL_ROWS_MAX && 8 * p->M >= 7 * whole && p->K >= 2 * p->M &&
           p->N >= 2 * LANE_COUNT;
}

void small_gemm(const SmallProduct *p)
{
    CHECK(small_gemm_can(p),
          "the rows of b are not dense, nor those of a and the columns of b");
    if (!by_dots(p))
        small_columns(p);
    else if (has_some_rows(p))
        small_rows(p);
    else if (has_few_rows(p))
        small_dots(p);
    else
        small_panels(p);
}
