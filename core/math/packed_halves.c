/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a panel's columns. */
#include "core/math/packed_halves.h"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/math/flops.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"
#include "core/math/prefetch.h"
#include "core/math/small_halves.h"
#include "core/math/threads.h"

enum {
    PANEL = HALF_PANEL,
    ROWS = HALF_ROWS,     /* of a block, which the nearest cache holds */
    MOST = 6 * ROWS,      /* rows of a piece */
    PER_THREAD = 4,       /* pieces at least, if there are as many blocks */
    PIECE_WORK = 1 << 23, /* multiplications of a piece, about */
    SPLIT_MIN = 1 << 23,  /* of a product that is worth waking threads */
};

bool packed_halves_can(void) { return small_halves_can() && !onednn_has_amx(); }

/* Threads share pieces of `rows` rows and one panel: all panels of the first rows, then of the
 * next. */
typedef struct Pieces {
    const PackedProduct *p;
    int64_t rows, down, panels, threads;
} Pieces;

static Pieces pieces_wanted(const PackedProduct *p)
{
    Pieces s = {p, MOST, 1, pieces_of(p->N, PANEL), threads_here()};
    const int64_t wanted = PER_THREAD * (int64_t)threads_here();
    while (s.rows > ROWS &&
           (s.rows * PANEL * p->K > PIECE_WORK || pieces_of(p->M, s.rows) * s.panels < wanted))
        s.rows -= ROWS;
    s.down = pieces_of(p->M, s.rows);
    return s;
}

static const uint16_t *panel_of(const PackedProduct *p, int64_t panel)
{
    return (const uint16_t *)p->packed + panel * bf16_packed_len(p->K, PANEL);
}

/* Of y [M, N], the part that tile t writes. */
static void prefetch_rows(Tile t, int64_t N, const uint16_t *y)
{
    for (int64_t i = 0; y && i < t.rows; i++)
        prefetch_write(y + (t.row + i) * N + t.col, t.cols * (int64_t)sizeof *y);
}

/* Rows t.row, ... of a panel. `near` has room for them. */
static void multiply_tile(const PackedProduct *p, Tile t, const uint16_t *ahead,
                          const Real *bias, Real *near)
{
    const bool direct = p->c && t.cols == PANEL;
    const HalfBlock block = {.M = t.rows,
                             .N = t.cols,
                             .K = p->K,
                             .a = (const uint16_t *)p->a + t.row * p->K,
                             .b = panel_of(p, t.col / PANEL),
                             .ahead = ahead,
                             .bias = bias,
                             .add = direct && p->add,
                             .c = direct ? p->c + t.row * p->N + t.col : near,
                             .ldc = direct ? p->N : PANEL};
    prefetch_rows(t, p->N, p->finish.half);
    prefetch_rows(t, p->N, p->finish.half_gelu);
    flops_count(t.rows, t.cols, p->K);
    half_block(&block);
    packed_finish(p, t, block.c, block.ldc);
}

/* What the thread reads after a piece that ends before row `end`: its next panel, or, after the
 * last panel of some rows, the rows that follow. */
static const uint16_t *next_of(const Pieces *s, int64_t panel, int64_t end)
{
    const PackedProduct *p = s->p;
    const int64_t next = panel + s->threads;
    if (next >= s->panels && end < p->M) return (const uint16_t *)p->a + end * p->K;
    return panel_of(p, next % s->panels);
}

static void piece(const Pieces *s, int64_t i)
{
    _Alignas(LANE_BYTES) Real near[ROWS * PANEL], bias[PANEL] = {0};
    const PackedProduct *p = s->p;
    const int64_t panel = i % s->panels, start = i / s->panels * s->rows;
    const int64_t end = least_of(start + s->rows, p->M), col = panel * PANEL;
    Tile t = {.row = start, .col = col, .cols = least_of(p->N - col, PANEL)};
    const uint16_t *next = next_of(s, panel, end);
    if (p->finish.bias) memcpy(bias, p->finish.bias + col, (size_t)t.cols * sizeof *bias);
    for (; t.row < end; t.row += ROWS) {
        t.rows = least_of(end - t.row, ROWS);
        multiply_tile(p, t, t.row + ROWS < end ? panel_of(p, panel) : next, bias, near);
    }
}

void packed_halves(const PackedProduct *p)
{
    CHECK(packed_halves_can(), "%ld x %ld: no bfloat16 instructions", p->M, p->N);
    const Pieces s = pieces_wanted(p);
    const int64_t count = s.down * s.panels;
    if (s.threads == 1 || p->M * p->N * p->K < SPLIT_MIN) {
        for (int64_t i = 0; i < count; i++) piece(&s, i);
        return;
    }
#pragma omp parallel for schedule(dynamic)
    for (int64_t i = 0; i < count; i++) piece(&s, i);
}
