/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row. */
#include "core/math/finish.h"

#include "core/math/pieces.h"
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

/* Some numbers at a time, which are rounded while they are near. */
static void half_gelu(int64_t n, const Real *x, uint16_t *y, uint16_t *slope)
{
    enum { SOME = 256 };
    Real value[SOME], steep[SOME];
    for (int64_t i = 0; i < n; i += SOME) {
        const int64_t some = least_of(n - i, SOME);
#pragma omp simd
        for (int64_t k = 0; k < some; k++) {
            const Real at = x[i + k], cdf = fast_cdf_half(at);
            value[k] = at * cdf;
            if (slope) steep[k] = real_fma(at, fast_pdf_half(at), cdf);
        }
        halves_round(some, value, y + i);
        if (slope) halves_round(some, steep, slope + i);
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
