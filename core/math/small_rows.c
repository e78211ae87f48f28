/* SPDX-License-Identifier: Apache-2.0 */
/* c^T = b^T a^T: b, the larger factor, is read once and as it is, number by number; vectors
 * hold rows of a, which fit into the nearest caches, and so does a block of c^T. */
#include "core/math/pieces.h"
#include "core/math/prefetch.h"
#include "core/math/small_kernels.h"
#include "core/math/transpose.h"

enum {
    DEPTH = 256, /* of the rows at a time */
    COLS = 16,   /* of a block of c */
};

/* Asks for columns from n on of the next block, numbers k .. k + depth - 1. */
static void fetch(const SmallProduct *p, int64_t n, int64_t k, int64_t depth)
{
    for (int64_t c = n; c < least_of(n + COLS, p->N); c++)
        prefetch_read(p->b.data + c * p->b.col + k, depth * (int64_t)sizeof(Real));
}

/* Columns n .. n + cols - 1 of c, to which numbers k .. k + depth - 1 of the rows are added;
 * across [depth, width] holds these, and block [cols, width] is scratch memory. */
static void multiply_block(const SmallProduct *p, int64_t n, int64_t cols, int64_t k,
                           int64_t depth, const Real *across, Real *block)
{
    const int64_t width = pieces_round(p->M, LANE_COUNT);
    const Real *start = k ? p->c + n : p->start ? p->start + n : NULL;
    fetch(p, n + COLS, k, depth);
    if (start) transpose_numbers(p->M, cols, start, p->ldc, block, width);
    small_columns(&(SmallProduct){.M = cols,
                                  .N = width,
                                  .K = depth,
                                  .alpha = p->alpha,
                                  .a = {p->b.data + n * p->b.col + k, p->b.col, 1},
                                  .b = {across, width, 1},
                                  .start = start ? block : NULL,
                                  .c = block,
                                  .ldc = width});
    transpose_numbers(cols, p->M, block, width, p->c + n, p->ldc);
}

void small_rows(const SmallProduct *p)
{
    _Alignas(64) Real across[DEPTH * SMALL_ROWS_MAX], block[COLS * SMALL_ROWS_MAX];
    const int64_t width = pieces_round(p->M, LANE_COUNT), most = least_of(DEPTH, p->K);
    if (width > p->M) {
        memset(across, 0, (size_t)(most * width) * sizeof *across);
        memset(block, 0, sizeof block);
    }
    for (int64_t k = 0; k < p->K; k += DEPTH) {
        const int64_t depth = least_of(DEPTH, p->K - k);
        transpose_numbers(p->M, depth, p->a.data + k, p->a.row, across, width);
        for (int64_t n = 0; n < p->N; n += COLS)
            multiply_block(p, n, least_of(COLS, p->N - n), k, depth, across, block);
    }
}
