/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row. */
#include "core/math/finish.h"

#include "core/math/bf16.h"
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

static void half_gelu(int64_t n, const Real *restrict x, uint16_t *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = bf16_of((float)fast_gelu_half(x[i]));
}

void finish_tile(const Finish *f, Tile t, int64_t N, Real *c, int64_t ld)
{
    for (int64_t i = 0; i < t.rows; i++) {
        const int64_t at = (t.row + i) * N + t.col;
        Real *row = c + i * ld;
        if (f->bias) row_add(t.cols, f->bias + t.col, row);
        if (f->add) row_add(t.cols, f->add + at, row);
        if (f->gelu) gelu(t.cols, row, f->gelu + at);
        if (f->half_gelu) half_gelu(t.cols, row, f->half_gelu + at);
    }
}
