/* SPDX-License-Identifier: Apache-2.0 */
/* A block of b at a time is copied in the order in which small_columns reads it: in panels of
 * as many columns as that computes at once. While a block is multiplied, the processor fetches
 * what becomes the next. */
#include "core/math/pieces.h"
#include "core/math/prefetch.h"
#include "core/math/small_kernels.h"
#include "core/math/transpose.h"

enum {
    WIDTH = VECTORS * LANE_COUNT, /* of a panel */
    DEPTH = 256, /* of all panels of a block, with WIDTH as much as is cached */
    ROWS = 32,   /* of a between requests */
};

/* Columns n .. n + cols - 1 of b, and its rows k .. k + depth - 1. */
typedef struct Block {
    int64_t n, cols, k, depth;
} Block;

/* As many panels as there is room for. */
static Block block_at(const SmallProduct *p, int64_t n, int64_t k)
{
    const int64_t depth = least_of(DEPTH, p->K - k);
    return (Block){n, least_of(DEPTH / least_of(DEPTH, p->K) * WIDTH, p->N - n), k, depth};
}

/* First all rows of some columns, then the next columns, until there are none. */
static Block next_block(const SmallProduct *p, Block b)
{
    if (b.k + b.depth < p->K) return block_at(p, b.n, b.k + b.depth);
    return block_at(p, b.n + b.cols, 0);
}

static const Real *column(const SmallProduct *p, Block b, int64_t c)
{
    return p->b.data + (b.n + c) * p->b.col + b.k;
}

static void fill(const SmallProduct *p, Block b, Real *panel)
{
    for (int64_t c = 0; c < b.cols; c += WIDTH, panel += b.depth * WIDTH)
        transpose_numbers(least_of(WIDTH, b.cols - c), b.depth, column(p, b, c), p->b.col,
                          panel, WIDTH);
}

/* Asks for columns from .. to - 1 of the block. */
static void fetch(const SmallProduct *p, Block b, int64_t from, int64_t to)
{
    for (int64_t c = from; c < least_of(to, b.cols); c++)
        prefetch_read(column(p, b, c), b.depth * (int64_t)sizeof(Real));
}

/* The product of some rows of a, from row m on, and a panel that begins at column n. */
static void multiply_panel(const SmallProduct *p, Block b, int64_t m, int64_t n,
                           const Real *panel)
{
    const int64_t at = m * p->ldc + n;
    const SmallMatrix rows = {p->a.data + m * p->a.row + b.k * p->a.col, p->a.row, p->a.col};
    small_columns(&(SmallProduct){
        .M = least_of(ROWS, p->M - m),
        .N = least_of(WIDTH, b.n + b.cols - n),
        .K = b.depth,
        .alpha = p->alpha,
        .a = rows,
        .b = {panel, WIDTH, 1},
        .start = b.k        ? p->c + at
                 : p->start ? p->start + at
                            : NULL,
        .c = p->c + at,
        .ldc = p->ldc,
    });
}

void small_panels(const SmallProduct *p)
{
    _Alignas(64) Real panels[DEPTH * WIDTH];
    for (Block b = block_at(p, 0, 0); b.cols > 0;) {
        const Block next = next_block(p, b);
        const int64_t share = next.cols * ROWS / p->M + 1;
        fill(p, b, panels);
        for (int64_t m = 0, i = 0; m < p->M; m += ROWS, i++) {
            fetch(p, next, i * share, (i + 1) * share);
            for (int64_t c = 0; c < b.cols; c += WIDTH)
                multiply_panel(p, b, m, b.n + c, panels + c * b.depth);
        }
        b = next;
    }
}
