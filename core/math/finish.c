/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row. */
#include "core/math/finish.h"

#include "core/math/row.h"

/* y, and the slope there; either may be x. */
static void gelu(int64_t n, const Real *x, Real *y, Real *slope)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const Real at = x[i];
        Real cdf, pdf;
        fast_normal(at, &cdf, &pdf);
        if (slope) slope[i] = real_fma(at, pdf, cdf);
        y[i] = at * cdf;
    }
}

static void half_gelu(int64_t n, const Real *restrict x, uint16_t *restrict y,
                      uint16_t *restrict slope)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const Real cdf = fast_cdf_half(x[i]);
        y[i] = bf16_of((float)(x[i] * cdf));
        if (slope) slope[i] = bf16_of((float)real_fma(x[i], fast_pdf_half(x[i]), cdf));
    }
}

static void finish_gelu(const Finish *f, int64_t n, int64_t at, const Real *x)
{
    if (f->gelu) gelu(n, x, f->gelu + at, f->slope ? f->slope + at : NULL);
    if (f->half_gelu)
        half_gelu(n, x, f->half_gelu + at, f->half_slope ? f->half_slope + at : NULL);
}

void finish_tile(const Finish *f, Tile t, int64_t N, Real *c, int64_t ld)
{
    for (int64_t i = 0; i < t.rows; i++) {
        const int64_t at = (t.row + i) * N + t.col;
        Real *row = c + i * ld;
        if (f->bias) row_add(t.cols, f->bias + t.col, row);
        if (f->add) row_add(t.cols, f->add + at, row);
        if (f->half) row_round(t.cols, row, f->half + at);
        finish_gelu(f, t.cols, at, row);
    }
}
