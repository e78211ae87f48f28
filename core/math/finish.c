/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row. */
#include "core/math/finish.h"

#include "core/math/row.h"

/* y may be x. */
static void gelu(int64_t n, const Real *x, Real *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        Real cdf, pdf;
        fast_normal(x[i], &cdf, &pdf);
        y[i] = x[i] * cdf;
    }
}

void finish_tile(const Finish *f, Tile t, int64_t N, Real *c)
{
    for (int64_t i = t.row; i < t.row + t.rows; i++) {
        const int64_t at = i * N + t.col;
        if (f->bias) row_add(t.cols, f->bias + t.col, c + at);
        if (f->add) row_add(t.cols, f->add + at, c + at);
        if (f->gelu) gelu(t.cols, c + at, f->gelu + at);
    }
}
