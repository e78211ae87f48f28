/* SPDX-License-Identifier: Apache-2.0 */
/* Attention inside the windows of a (rolled) token map. An index table implements the windows,
 * the roll and their inverses. The softmax is recomputed in backward, so only the input is
 * kept. */
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
#include "core/ops/ops.h"

#include <omp.h>
#include <string.h>

/* Threads share the heads of this many fixed groups of windows. Gradients of the table are
 * summed within a group, then over the groups in order, so that the bits do not depend on the
 * number of threads. */
enum { GROUPS = 16 };

typedef struct Saved {
    Tensor *qkv, *table, *y;
    WindowShape shape;
    int64_t B, C, D, T;  /* T = window^2 tokens, D = channels per head */
    int64_t d, t;        /* D and T rounded up to whole vectors */
    int64_t windows;     /* per image */
    int64_t groups;      /* 1 in a shard, which has one thread */
    int64_t *token;      /* [windows, T] position in the unrolled map */
    unsigned char *area; /* [windows, T] mask region */
    bool *mixed;         /* [windows] whether it has several */
    int64_t *relative;   /* [T, T] row of the bias table */
    Real *bias;          /* [h, T, t] */
} Saved;

/* Scratch memory for one window and head. What rounding adds to rows is not read, or 0. */
typedef struct Scratch {
    Real *q, *k, *v, *o;       /* [T, d] */
    Real *p, *dp;              /* [T, t] */
    Real *dq, *dk, *dv, *dout; /* [T, d] */
    Real *across;              /* [D, t] k or v, transposed */
} Scratch;

static int64_t region(int64_t at, const WindowShape *w)
{
    return at < w->grid - w->window ? 0 : at < w->grid - w->shift ? 1 : 2;
}

static void index_windows(Tape *tape, Saved *s)
{
    const WindowShape w = s->shape;
    const int64_t per_row = w.grid / w.window;
    s->token = tape_alloc(tape, (size_t)(s->windows * s->T) * sizeof *s->token);
    s->area = tape_alloc(tape, (size_t)(s->windows * s->T));
    s->mixed = tape_alloc(tape, (size_t)s->windows * sizeof *s->mixed);
    for (int64_t i = 0; i < s->windows * s->T; i++) {
        const int64_t n = i / s->T, t = i % s->T;
        const int64_t row = n / per_row * w.window + t / w.window;
        const int64_t col = n % per_row * w.window + t % w.window; /* in the rolled map */
        s->token[i] = (row + w.shift) % w.grid * w.grid + (col + w.shift) % w.grid;
        s->area[i] = w.shift ? (unsigned char)(3 * region(row, &w) + region(col, &w)) : 0;
        s->mixed[n] = (t > 0 && s->mixed[n]) || s->area[i] != s->area[n * s->T];
    }
}

/* Row of the table for token a and the first token of a row of the window; those of the next
 * tokens of that row are before it. */
static int64_t table_row(int64_t M, int64_t a, int64_t row)
{
    return (a / M - row + M - 1) * (2 * M - 1) + a % M + M - 1;
}

static void index_table(Tape *tape, Saved *s)
{
    const int64_t M = s->shape.window, T = s->T;
    s->relative = tape_alloc(tape, (size_t)(T * T) * sizeof *s->relative);
    int64_t i = 0;
    for (int64_t a = 0; a < T; a++)
        for (int64_t row = 0; row < M; row++)
            for (int64_t col = 0; col < M; col++) s->relative[i++] = table_row(M, a, row) - col;
}

/* The bias of head k. column [rows]: its numbers of the table, the last row first, in which
 * those of a row of the window are side by side. */
static void expand_head(const Saved *s, int64_t k, int64_t rows, Real *column)
{
    const int64_t M = s->shape.window, T = s->T;
    for (int64_t i = 0; i < rows; i++)
        column[rows - 1 - i] = s->table->data[i * s->shape.heads + k];
    for (int64_t a = 0; a < T; a++) {
        Real *bias = s->bias + (k * T + a) * s->t;
        for (int64_t row = 0; row < M; row++)
            memcpy(bias + row * M, column + rows - 1 - table_row(M, a, row),
                   (size_t)M * sizeof *bias);
        for (int64_t n = T; n < s->t; n++) bias[n] = 0;
    }
}

static void expand_bias(Tape *tape, Saved *s)
{
    const int64_t h = s->shape.heads, side = 2 * s->shape.window - 1, rows = side * side;
    s->bias = tape_alloc(tape, (size_t)(h * s->T * s->t) * sizeof *s->bias);
    const TapeMark mark = tape_mark(tape);
    Real *columns = tape_alloc(tape, (size_t)(h * rows) * sizeof *columns);
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < h; k++) expand_head(s, k, rows, columns + k * rows);
    tape_rewind(tape, mark);
}

static int64_t scratch_len(const Saved *s)
{
    return 8 * s->T * s->d + (2 * s->T + s->D) * s->t;
}

/* For every thread that may run. */
static Real *scratch_memory(Tape *tape, const Saved *s)
{
    const size_t bytes = (size_t)(threads_here() * scratch_len(s)) * sizeof(Real);
    return memset(tape_alloc(tape, bytes), 0, bytes);
}

/* That of the calling thread. */
static Scratch scratch_of(const Saved *s, Real *memory)
{
    const int64_t td = s->T * s->d, tt = s->T * s->t;
    Real *m = memory + omp_get_thread_num() * scratch_len(s);
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
static void gather(const Saved *s, int64_t window, const Real *map, int64_t width, int64_t from,
                   Real scale, Real *rows)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        set_scaled(s->D, scale, map + token[t] * width + from, rows + t * s->d);
}

/* The rows of the map are far apart, where processors do not guess what comes next. */
static void prefetch(const Saved *s, int64_t window, const Real *map, int64_t width,
                     int64_t from)
{
    enum { LINE = 64 / sizeof(Real) };
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        for (int64_t d = 0; d < s->D; d += LINE)
            __builtin_prefetch(map + token[t] * width + from + d, 0, 2);
}

/* across [D, t] <- rows [T, d], in blocks where numbers are words of 32 bits. */
static void transpose(const Saved *s, const Real *restrict rows, Real *restrict across)
{
    enum { SIDE = TRANSPOSE_SIDE, WORDS = sizeof(Real) == sizeof(uint32_t) };
    const int64_t T = WORDS ? s->T / SIDE * SIDE : 0, D = s->D / SIDE * SIDE;
    for (int64_t t = 0; t < T; t += SIDE)
        for (int64_t d = 0; d < D; d += SIDE)
            transpose_words(rows + t * s->d + d, s->d * (int64_t)sizeof(Real),
                            across + d * s->t + t, s->t * (int64_t)sizeof(Real));
    for (int64_t t = 0; t < s->T; t++)
        for (int64_t d = t < T ? D : 0; d < s->D; d++)
            across[d * s->t + t] = rows[t * s->d + d];
}

/* map += scale * rows, the inverse of gather; overwrites when `set`. */
static void scatter(const Saved *s, int64_t window, const Real *rows, Real scale, bool set,
                    Real *map, int64_t width, int64_t from)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++)
        (set ? set_scaled : add_scaled)(s->D, scale, rows + t * s->d,
                                        map + token[t] * width + from);
}

/* half <- rows, in bfloat16. */
static void scatter_halves(const Saved *s, int64_t window, const Real *rows, uint16_t *map,
                           int64_t width, int64_t from)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++) {
        uint16_t *restrict out = map + token[t] * width + from;
        for (int64_t d = 0; d < s->D; d++) out[d] = bf16_of((float)rows[t * s->d + d]);
    }
}

static Real scale_of(const Saved *s) { return 1 / real_sqrt((Real)s->D); }

/* Tokens of different regions do not see each other. */
static void mask_row(const Saved *s, const unsigned char *area, int64_t i, Real *row)
{
    for (int64_t j = 0; j < s->T; j++) row[j] += area[i] == area[j] ? 0 : -100;
}

/* c [T, t] = start + a across, for rows a [T, d]. */
static void multiply_across(const Saved *s, const Real *a, const Real *across,
                            const Real *start, Real *c)
{
    small_gemm(
        &(SmallProduct){s->T, s->t, s->D, 1, {a, s->d, 1}, {across, s->t, 1}, start, c, s->t});
}

/* c [T, d] = p rows, for rows [T, d] and p [T, t] or, if transposed, its transpose. */
static void multiply_rows(const Saved *s, const Real *p, bool transposed, const Real *rows,
                          Real *c)
{
    const SmallMatrix a = {p, transposed ? 1 : s->t, transposed ? s->t : 1};
    small_gemm(&(SmallProduct){s->T, s->d, s->T, 1, a, {rows, s->d, 1}, NULL, c, s->d});
}

/* Gathers q, k, v of window n of image b for one head and leaves the probabilities in w->p. */
static void probabilities(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w)
{
    const int64_t T = s->T, D = s->D, width = 3 * s->C;
    const Real *map = s->qkv->data + b * s->shape.grid * s->shape.grid * width;
    gather(s, n, map, width, head * D, scale_of(s), w->q);
    gather(s, n, map, width, s->C + head * D, 1, w->k);
    gather(s, n, map, width, 2 * s->C + head * D, 1, w->v);
    transpose(s, w->k, w->across);
    multiply_across(s, w->q, w->across, s->bias + head * T * s->t, w->p);
    for (int64_t i = 0; s->mixed[n] && i < T; i++)
        mask_row(s, s->area + n * T, i, w->p + i * s->t);
    softmax_rows(T, T, s->t, w->p);
}

static void forward_head(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w)
{
    const int64_t map = b * s->shape.grid * s->shape.grid * s->C;
    probabilities(s, b, n, head, w);
    multiply_rows(s, w->p, false, w->v, w->o);
    if (s->y->half)
        scatter_halves(s, n, w->o, s->y->half + map, s->C, head * s->D);
    else
        scatter(s, n, w->o, 1, true, s->y->data + map, s->C, head * s->D);
}

/* That of window i of all images. */
static const Real *map_of(const Saved *s, const Real *x, int64_t i, int64_t width)
{
    return x + i / s->windows * s->shape.grid * s->shape.grid * width;
}

/* Asks for what the head reads in the next window. */
static void prefetch_head(const Saved *s, int64_t i, int64_t head)
{
    if (i >= s->B * s->windows) return;
    for (int part = 0; part < 3; part++)
        prefetch(s, i % s->windows, map_of(s, s->qkv->data, i, 3 * s->C), 3 * s->C,
                 part * s->C + head * s->D);
}

/* Splits the windows of all images into groups that do not depend on the number of threads. */
static int64_t group_start(const Saved *s, int64_t group)
{
    return s->B * s->windows * group / s->groups;
}

static void forward(Tape *tape, const Saved *s)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t heads = s->shape.heads;
    Real *memory = scratch_memory(tape, s);
#pragma omp parallel for schedule(dynamic)
    for (int64_t piece = 0; piece < s->groups * heads; piece++) {
        const Scratch w = scratch_of(s, memory);
        const int64_t g = piece / heads;
        flops_count((group_start(s, g + 1) - group_start(s, g)) * s->T, s->T, 2 * s->D);
        for (int64_t i = group_start(s, g); i < group_start(s, g + 1); i++) {
            prefetch_head(s, i + 1, piece % heads);
            forward_head(s, i / s->windows, i % s->windows, piece % heads, &w);
        }
    }
    tape_rewind(tape, mark);
}

/* The gradients that a head adds to. */
typedef struct Gradients {
    const Real *dy;
    Real *dqkv;  /* NULL: not wanted */
    bool is_new; /* dqkv holds no numbers yet: every head writes its own */
    Real *dbias; /* [h, T, T] of a group; NULL: not wanted */
} Gradients;

static void backward_head(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w,
                          const Gradients *g)
{
    const int64_t T = s->T, D = s->D, width = 3 * s->C;
    const int64_t map = b * s->shape.grid * s->shape.grid;
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
    scatter(s, n, w->dq, scale_of(s), g->is_new, dqkv, width, head * D);
    scatter(s, n, w->dk, 1, g->is_new, dqkv, width, s->C + head * D);
    scatter(s, n, w->dv, 1, g->is_new, dqkv, width, 2 * s->C + head * D);
}

static void add_table_gradient(const Saved *s, const Real *dbias, Real *dtable)
{
    const int64_t h = s->shape.heads, T2 = s->T * s->T;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < h; k++)
        for (int64_t i = 0; i < T2; i++)
            for (int64_t g = 0; g < s->groups; g++)
                dtable[s->relative[i] * h + k] += dbias[(g * h + k) * T2 + i];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const TapeMark mark = tape_mark(tape);
    const int64_t heads = s->shape.heads, bias_len = heads * s->T * s->T;
    Gradients all = {.dy = tape_grad(tape, s->y)};
    all.dqkv = tape_grad_new(tape, s->qkv, &all.is_new);
    Real *dtable = tape_grad(tape, s->table);
    Real *memory = scratch_memory(tape, s), *dbias = NULL;
    if (dtable) {
        dbias = tape_alloc(tape, (size_t)(s->groups * bias_len) * sizeof(Real));
        memset(dbias, 0, (size_t)(s->groups * bias_len) * sizeof(Real));
    }
#pragma omp parallel for schedule(dynamic)
    for (int64_t piece = 0; piece < s->groups * heads; piece++) {
        const Scratch w = scratch_of(s, memory);
        const int64_t g = piece / heads, head = piece % heads;
        flops_count((group_start(s, g + 1) - group_start(s, g)) * s->T, s->T, 5 * s->D);
        Gradients mine = all;
        mine.dbias = dbias ? dbias + g * bias_len : NULL;
        for (int64_t i = group_start(s, g); i < group_start(s, g + 1); i++) {
            prefetch_head(s, i + 1, head);
            backward_head(s, i / s->windows, i % s->windows, head, &w, &mine);
        }
    }
    if (dtable) add_table_gradient(s, dbias, dtable);
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
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.qkv = qkv,
                 .table = table,
                 .shape = shape,
                 .B = qkv->shape[0],
                 .C = C,
                 .D = C / shape.heads,
                 .T = shape.window * shape.window,
                 .windows = per_row * per_row,
                 .groups = tape_shard(tape)->on ? 1 : GROUPS};
    s->d = pieces_round(s->D, LANE_UNIT), s->t = pieces_round(s->T, LANE_UNIT);
    const int64_t axes[] = {s->B, qkv->shape[1], C}, len = s->B * qkv->shape[1] * C;
    s->y = tape_output_of(tape, NULL, 3, axes, 2, (Tensor *[]){qkv, table});
    if (linear_keeps_half(tape))
        s->y->half = tape_alloc(tape, (size_t)len * sizeof *s->y->half);
    else
        s->y->data = tape_alloc(tape, (size_t)len * sizeof *s->y->data);
    index_windows(tape, s);
    if (tape_recording(tape)) index_table(tape, s);
    expand_bias(tape, s);
    forward(tape, s);
    tape_record(tape, "window_attention", s->y, backward, s);
    return s->y;
}
