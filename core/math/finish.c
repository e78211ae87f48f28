/* SPDX-License-Identifier: Apache-2.0 */
/* Some numbers at a time, which stay in the nearest cache from step to step. */
#include "core/math/finish.h"

#include "core/math/pieces.h"
#include "core/math/row.h"

enum { SOME = 1024 };

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

/* n <= SOME. */
static void half_gelu(int64_t n, const Real *x, Real *y, Real *slope)
{
    Real log[SOME];
#pragma omp simd
    for (int64_t i = 0; i < n; i++) log[i] = fast_log_half(fast_limit(x[i]));
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const Real at = x[i], cdf = fast_cdf_half(at, log[i]);
        y[i] = at * cdf;
        if (slope) slope[i] = real_fma(at, fast_pdf_half(at), cdf);
    }
}

/* Where tile t begins in a matrix of rows of N. */
static int64_t place_of(Tile t, int64_t N) { return t.row * N + t.col; }

static void finish_half_gelu(const Finish *f, Tile t, int64_t N, const Real *c, int64_t ld)
{
    Real value[SOME], steep[SOME], *const slope = f->half_slope ? steep : NULL;
    const int64_t cols = t.cols, at = place_of(t, N), rows = ld == cols ? t.rows : 1;
    for (int64_t i = 0; i < t.rows; i += rows)
        half_gelu(rows * cols, c + i * ld, value + i * cols, slope ? slope + i * cols : NULL);
    halves_round_rows(t.rows, cols, value, cols, f->half_gelu + at, N);
    if (slope) halves_round_rows(t.rows, cols, slope, cols, f->half_slope + at, N);
}

/* A tile of SOME numbers at most. */
static void finish_some(const Finish *f, Tile t, int64_t N, Real *c, int64_t ld)
{
    const int64_t at = place_of(t, N);
    for (int64_t i = 0; f->bias && i < t.rows; i++)
        row_add(t.cols, f->bias + t.col, c + i * ld);
    for (int64_t i = 0; f->add && i < t.rows; i++)
        row_add(t.cols, f->add + at + i * N, c + i * ld);
    if (f->half) halves_round_rows(t.rows, t.cols, c, ld, f->half + at, N);
    for (int64_t i = 0; f->gelu && i < t.rows; i++)
        gelu(t.cols, c + i * ld, f->gelu + at + i * N, f->slope ? f->slope + at + i * N : NULL);
    if (f->half_gelu) finish_half_gelu(f, t, N, c, ld);
}

void finish_tile(const Finish *f, Tile t, int64_t N, Real *c, int64_t ld)
{
    const int64_t cols = least_of(t.cols, SOME), rows = cols ? SOME / cols : 1;
    for (int64_t i = 0; i < t.rows; i += rows)
        for (int64_t k = 0; k < t.cols; k += cols)
            finish_some(f,
                        (Tile){t.row + i, t.col + k, least_of(rows, t.rows - i),
                               least_of(cols, t.cols - k)},
                        N, c + i * ld + k, ld);
}
