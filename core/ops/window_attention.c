/* SPDX-License-Identifier: Apache-2.0 */
/* Attention inside the windows of a (rolled) token map. An index table implements the windows,
 * the roll and their inverses. The softmax is recomputed in backward, so only the input is
 * kept. */
#include "core/ops/window_attention.h"

#include "core/error.h"
#include "core/math/flops.h"
#include "core/math/half.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"
#include "core/math/row.h"
#include "core/math/rows.h"
#include "core/math/small_gemm.h"
#include "core/math/softmax.h"
#include "core/math/threads.h"
#include "core/math/transpose.h"
#include "core/ops/linear_products.h"

#include <omp.h>
#include <string.h>

/* Threads share the heads of this many fixed groups of windows. Gradients of the table are
 * summed within a group, then over the groups in order, so that the bits do not depend on the
 * number of threads. */
enum { GROUPS = 16 };

/* Scratch memory for one window and head. What rounding adds to rows is not read, or 0. */
typedef struct Scratch {
    Real *q, *k, *v, *o;       /* [T, d] */
    Real *p, *dp;              /* [T, t] */
    Real *dq, *dk, *dv, *dout; /* [T, d] */
    Real *across;              /* [D, t] k or v, transposed */
} Scratch;

static int64_t scratch_len(const WindowAttention *s)
{
    return 8 * s->T * s->d + (2 * s->T + s->D) * s->t;
}

/* For every thread that may run. */
static Real *scratch_memory(Tape *tape, const WindowAttention *s)
{
    const size_t bytes = (size_t)(threads_here() * scratch_len(s)) * sizeof(Real);
    return memset(tape_alloc(tape, bytes), 0, bytes);
}

/* That of a thread. */
static Scratch scratch_of(const WindowAttention *s, Real *memory, int thread)
{
    const int64_t td = s->T * s->d, tt = s->T * s->t;
    Real *m = memory + thread * scratch_len(s);
    return (Scratch){.q = m,
                     .k = m + td,
                     .v = m + 2 * td,
                     .o = m + 3 * td,
                     .dq = m + 4 * td,
                     .dk = m + 5 * td,
                     .dv = m + 6 * td,
                     .dout = m + 7 * td,
                     .p = m + 8 * td,
                     .dp = m + 8 * td + tt,
                     .across = m + 8 * td + 2 * tt};
}

/* y = scale x. Channels of a head are few, and known to the compiler in steps of LANE_UNIT. */
static inline void set_scaled(int64_t n, Real scale, const Real *restrict x, Real *restrict y)
{
    int64_t i = 0;
    for (; i + LANE_UNIT <= n; i += LANE_UNIT)
        for (int k = 0; k < LANE_UNIT; k++) y[i + k] = scale * x[i + k];
    for (; i < n; i++) y[i] = scale * x[i];
}

/* y += scale x. */
static inline void add_scaled(int64_t n, Real scale, const Real *restrict x, Real *restrict y)
{
    int64_t i = 0;
    for (; i + LANE_UNIT <= n; i += LANE_UNIT)
        for (int k = 0; k < LANE_UNIT; k++) y[i + k] += scale * x[i + k];
    for (; i < n; i++) y[i] += scale * x[i];
}

/* rows [T, d] <- columns `from` of the window's tokens in map [*, width] */
static void gather(const WindowAttention *s, int64_t window, const Real *map, int64_t width,
                   int64_t from, Real scale, Real *rows)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        set_scaled(s->D, scale, map + token[t] * width + from, rows + t * s->d);
}

/* y = scale x for numbers in bfloat16. */
static inline void expand_scaled(int64_t n, Real scale, const uint16_t *restrict x,
                                 Real *restrict y)
{
    for (int64_t i = 0; i < n; i++) y[i] = scale * (Real)bf16_number(x[i]);
}

/* The same from the map of q, k and v: a part of image b. */
static void gather_part(const WindowAttention *s, int64_t b, int64_t window, int64_t from,
                        Real scale, Real *rows)
{
    const int64_t width = 3 * s->C, at = b * window_tokens(s) * width;
    const int64_t *token = s->token + window * s->T;
    if (!s->qkv->half) {
        gather(s, window, s->qkv->data + at, width, from, scale, rows);
        return;
    }
    for (int64_t t = 0; t < s->T; t++)
        expand_scaled(s->D, scale, s->qkv->half + at + token[t] * width + from,
                      rows + t * s->d);
}

/* across [D, t] <- rows [T, d] */
static void transpose(const WindowAttention *s, const Real *rows, Real *across)
{
    transpose_numbers(s->T, s->D, rows, s->d, across, s->t);
}

/* map += scale * rows, the inverse of gather; overwrites when `set`. */
static void scatter(const WindowAttention *s, int64_t window, const Real *rows, Real scale,
                    bool set, Real *map, int64_t width, int64_t from)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        (set ? set_scaled : add_scaled)(s->D, scale, rows + t * s->d,
                                        map + token[t] * width + from);
}

/* half <- rows, in bfloat16. */
static void scatter_halves(const WindowAttention *s, int64_t window, const Real *rows,
                           uint16_t *map, int64_t width, int64_t from)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        row_round(s->D, rows + t * s->d, map + token[t] * width + from);
}

/* c [T, t] = start + a across, for rows a [T, d]. */
static void multiply_across(const WindowAttention *s, const Real *a, const Real *across,
                            const Real *start, Real *c)
{
    small_gemm(
        &(SmallProduct){s->T, s->t, s->D, 1, {a, s->d, 1}, {across, s->t, 1}, start, c, s->t});
}

/* c [T, d] = p rows, for rows [T, d] and p [T, t] or, if transposed, its transpose. */
static void multiply_rows(const WindowAttention *s, const Real *p, bool transposed,
                          const Real *rows, Real *c)
{
    const SmallMatrix a = {p, transposed ? 1 : s->t, transposed ? s->t : 1};
    small_gemm(&(SmallProduct){s->T, s->d, s->T, 1, a, {rows, s->d, 1}, NULL, c, s->d});
}

/* Gathers q, k, v of window n of image b for one head and leaves the probabilities in w->p. */
static void probabilities(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                          const Scratch *w)
{
    const int64_t T = s->T, D = s->D;
    gather_part(s, b, n, head * D, window_scale(s), w->q);
    gather_part(s, b, n, s->C + head * D, 1, w->k);
    gather_part(s, b, n, 2 * s->C + head * D, 1, w->v);
    transpose(s, w->k, w->across);
    multiply_across(s, w->q, w->across, s->bias + head * T * s->t, w->p);
    window_mask(s, n, 0, T, w->p);
    softmax_rows(T, T, s->t, w->p);
}

static void attend_in_halves(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                             const Scratch *w, WindowHead next)
{
    window_forward_halves(s, b, n, head,
                          &(WindowHalves){.q = (void *)w->q,
                                          .k = (void *)w->k,
                                          .v = (void *)w->v,
                                          .across = (void *)w->across,
                                          .joined = (void *)w->dq,
                                          .rounded = (void *)w->dp,
                                          .p = w->p,
                                          .o = w->o,
                                          .next = next});
}

static void forward_head(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                         const Scratch *w, WindowHead next)
{
    const int64_t map = b * window_tokens(s) * s->C;
    if (window_takes_halves(s)) {
        attend_in_halves(s, b, n, head, w, next);
    } else {
        window_prefetch_values(s, next, 0, s->T);
        probabilities(s, b, n, head, w);
        multiply_rows(s, w->p, false, w->v, w->o);
    }
    if (s->y->half)
        scatter_halves(s, n, w->o, s->y->half + map, s->C, head * s->D);
    else
        scatter(s, n, w->o, 1, true, s->y->data + map, s->C, head * s->D);
}

/* Splits the windows of all images into groups that do not depend on the number of threads. */
static int64_t group_start(const WindowAttention *s, int64_t group)
{
    return s->B * s->windows * group / s->groups;
}

/* A piece of the work is one head of a group of windows. Those of a head follow each other, so
 * that its bias stays near. */
static int64_t pieces_in(const WindowAttention *s) { return s->groups * s->shape.heads; }
static int64_t group_of(const WindowAttention *s, int64_t piece) { return piece % s->groups; }
static int64_t head_of(const WindowAttention *s, int64_t piece) { return piece / s->groups; }

/* What the thread takes after window i of a piece: the next window, or the first one of the
 * piece that comes `threads` later. None in a shard, where the forward finds all near. */
static WindowHead next_head(const WindowAttention *s, int64_t piece, int64_t i, int threads)
{
    const WindowHead none = {s->B * s->windows, 0};
    const int64_t next = piece + threads;
    if (s->groups == 1) return none;
    if (i + 1 < group_start(s, group_of(s, piece) + 1))
        return (WindowHead){i + 1, head_of(s, piece)};
    if (next >= pieces_in(s)) return none;
    return (WindowHead){group_start(s, group_of(s, next)), head_of(s, next)};
}

static void forward_piece(const WindowAttention *s, int64_t piece, int threads,
                          const Scratch *w)
{
    const int64_t g = group_of(s, piece), head = head_of(s, piece);
    flops_count((group_start(s, g + 1) - group_start(s, g)) * s->T, s->T, 2 * s->D);
    for (int64_t i = group_start(s, g); i < group_start(s, g + 1); i++) {
        window_prefetch_result(s, (WindowHead){i + 1, head});
        forward_head(s, i / s->windows, i % s->windows, head, w,
                     next_head(s, piece, i, threads));
    }
}

static void forward(Tape *tape, const WindowAttention *s)
{
    const TapeMark mark = tape_mark(tape);
    Real *memory = scratch_memory(tape, s);
    const Scratch own = scratch_of(s, memory, 0);
    const int threads = threads_here();
    if (threads == 1) {
        for (int64_t i = 0; i < pieces_in(s); i++) forward_piece(s, i, 1, &own);
    } else {
#pragma omp parallel for schedule(dynamic)
        for (int64_t i = 0; i < pieces_in(s); i++) {
            const Scratch w = scratch_of(s, memory, omp_get_thread_num());
            forward_piece(s, i, threads, &w);
        }
    }
    tape_rewind(tape, mark);
}

/* The gradients that a head adds to. */
typedef struct Gradients {
    const Real *dy;
    Real *dqkv;  /* NULL: not wanted */
    bool is_new; /* dqkv holds no numbers yet: every head writes its own */
    Real *dbias; /* [groups, h, T, T], then [h, T, T] of a group; NULL: not wanted */
} Gradients;

static void backward_head(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                          const Scratch *w, const Gradients *g)
{
    const int64_t T = s->T, D = s->D, width = 3 * s->C;
    const int64_t map = b * window_tokens(s);
    probabilities(s, b, n, head, w);
    gather(s, n, g->dy + map * s->C, s->C, head * D, 1, w->dout);
    transpose(s, w->v, w->across);
    multiply_across(s, w->dout, w->across, NULL, w->dp);
    multiply_rows(s, w->p, true, w->dout, w->dv);
    for (int64_t i = 0; i < T; i++) {
        Real *dp = w->dp + i * s->t;
        rows_softmax_backward(T, w->p + i * s->t, dp);
        if (g->dbias) row_add(T, dp, g->dbias + (head * T + i) * T);
    }
    if (!g->dqkv) return;
    Real *dqkv = g->dqkv + map * width;
    multiply_rows(s, w->dp, false, w->k, w->dq);
    multiply_rows(s, w->dp, true, w->q, w->dk); /* q is already scaled */
    scatter(s, n, w->dq, window_scale(s), g->is_new, dqkv, width, head * D);
    scatter(s, n, w->dk, 1, g->is_new, dqkv, width, s->C + head * D);
    scatter(s, n, w->dv, 1, g->is_new, dqkv, width, 2 * s->C + head * D);
}

static void backward_piece(const WindowAttention *s, int64_t piece, const Scratch *w,
                           Gradients g)
{
    const int64_t group = group_of(s, piece), head = head_of(s, piece);
    const int64_t start = group_start(s, group), end = group_start(s, group + 1);
    flops_count((end - start) * s->T, s->T, 5 * s->D);
    if (g.dbias) g.dbias += group * s->shape.heads * s->T * s->T;
    for (int64_t i = start; i < end; i++) {
        if (i % s->windows == 0) window_prefetch_image(s, i / s->windows, head);
        window_prefetch_values(s, (WindowHead){i + 1, head}, 0, s->T);
        backward_head(s, i / s->windows, i % s->windows, head, w, &g);
    }
}

static void backward_pieces(const WindowAttention *s, Real *memory, Gradients g)
{
    const Scratch own = scratch_of(s, memory, 0);
    if (threads_here() == 1) {
        for (int64_t i = 0; i < pieces_in(s); i++) backward_piece(s, i, &own, g);
        return;
    }
#pragma omp parallel for schedule(dynamic)
    for (int64_t i = 0; i < pieces_in(s); i++) {
        const Scratch w = scratch_of(s, memory, omp_get_thread_num());
        backward_piece(s, i, &w, g);
    }
}

/* Of head k. */
static void add_head_table(const WindowAttention *s, int64_t k, const Real *dbias, Real *dtable)
{
    const int64_t h = s->shape.heads, T2 = s->T * s->T;
    for (int64_t i = 0; i < T2; i++)
        for (int64_t g = 0; g < s->groups; g++)
            dtable[s->relative[i] * h + k] += dbias[(g * h + k) * T2 + i];
}

static void add_table_gradient(const WindowAttention *s, const Real *dbias, Real *dtable)
{
    if (threads_here() == 1) {
        for (int64_t k = 0; k < s->shape.heads; k++) add_head_table(s, k, dbias, dtable);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < s->shape.heads; k++) add_head_table(s, k, dbias, dtable);
}

static void backward(Tape *tape, void *saved)
{
    const WindowAttention *s = saved;
    const TapeMark mark = tape_mark(tape);
    const int64_t dbias_len = pieces_in(s) * s->T * s->T;
    Gradients g = {.dy = tape_grad(tape, s->y)};
    g.dqkv = tape_grad_new(tape, s->qkv, &g.is_new);
    Real *dtable = tape_grad(tape, s->table), *memory = scratch_memory(tape, s);
    if (dtable) {
        g.dbias = tape_alloc(tape, (size_t)dbias_len * sizeof(Real));
        memset(g.dbias, 0, (size_t)dbias_len * sizeof(Real));
    }
    backward_pieces(s, memory, g);
    if (dtable) add_table_gradient(s, g.dbias, dtable);
    tape_rewind(tape, mark);
}

static void check_shapes(const Tensor *qkv, const Tensor *table, WindowShape w)
{
    CHECK(qkv->ndim == 3 && w.grid > 0 && qkv->shape[1] == w.grid * w.grid,
          "qkv has %d axes, grid %ld", qkv->ndim, w.grid);
    CHECK(w.heads > 0 && qkv->shape[2] % (3 * w.heads) == 0, "%ld channels, %ld heads",
          qkv->shape[2], w.heads);
    CHECK(w.window > 0 && w.grid % w.window == 0 && w.shift >= 0 && w.shift < w.window,
          "grid %ld, window %ld, shift %ld", w.grid, w.window, w.shift);
    const int64_t side = 2 * w.window - 1;
    CHECK(table->ndim == 2 && table->shape[0] == side * side && table->shape[1] == w.heads,
          "table has %ld elements, expected %ld x %ld", tensor_len(table), (side * side),
          w.heads);
}

Tensor *op_window_attention(Tape *tape, Tensor *qkv, Tensor *table, WindowShape shape)
{
    check_shapes(qkv, table, shape);
    const int64_t per_row = shape.grid / shape.window, C = qkv->shape[2] / 3;
    WindowAttention *s = tape_alloc(tape, sizeof *s);
    *s = (WindowAttention){.qkv = qkv,
                           .table = table,
                           .shape = shape,
                           .B = qkv->shape[0],
                           .C = C,
                           .D = C / shape.heads,
                           .T = shape.window * shape.window,
                           .windows = per_row * per_row};
    s->groups = tape_shard(tape)->on ? 1 : least_of(GROUPS, s->B * s->windows);
    s->d = pieces_round(s->D, LANE_UNIT), s->t = pieces_round(s->T, LANE_UNIT);
    s->y = tape_output_of(tape, NULL, 3, (int64_t[]){s->B, qkv->shape[1], C}, 2,
                          (Tensor *[]){qkv, table});
    tape_values(tape, s->y, linear_keeps_half(tape));
    window_maps(tape, s);
    forward(tape, s);
    tape_record(tape, "window_attention", s->y, backward, s);
    return s->y;
}
