/* SPDX-License-Identifier: Apache-2.0 */
/* Attention inside the windows of a (rolled) token map. An index table implements the windows,
 * the roll and their inverses. The softmax is recomputed in backward, so only the input is
 * kept. */
#include "core/error.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/math/threads.h"
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
    int64_t windows;     /* per image */
    int64_t groups;      /* 1 in a shard, which has one thread */
    int64_t *token;      /* [windows, T] position in the unrolled map */
    unsigned char *area; /* [windows, T] mask region */
    int64_t *relative;   /* [T, T] row of the bias table */
    Real *bias;          /* [h, T, T] */
} Saved;

/* Scratch memory for one window and head. */
typedef struct Scratch {
    Real *q, *k, *v, *o;       /* [T, D] */
    Real *p, *dp;              /* [T, T] */
    Real *dq, *dk, *dv, *dout; /* [T, D] */
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
    for (int64_t i = 0; i < s->windows * s->T; i++) {
        const int64_t n = i / s->T, t = i % s->T;
        const int64_t row = n / per_row * w.window + t / w.window;
        const int64_t col = n % per_row * w.window + t % w.window; /* in the rolled map */
        s->token[i] = (row + w.shift) % w.grid * w.grid + (col + w.shift) % w.grid;
        s->area[i] = w.shift ? (unsigned char)(3 * region(row, &w) + region(col, &w)) : 0;
    }
}

static void expand_bias(Tape *tape, Saved *s)
{
    const int64_t M = s->shape.window, T = s->T, h = s->shape.heads;
    s->relative = tape_alloc(tape, (size_t)(T * T) * sizeof *s->relative);
    s->bias = tape_alloc(tape, (size_t)(h * T * T) * sizeof *s->bias);
    int64_t i = 0;
    for (int64_t a = 0; a < T; a++)
        for (int64_t row = 0; row < M; row++) {
            const int64_t first = (a / M - row + M - 1) * (2 * M - 1) + a % M + M - 1;
            for (int64_t col = 0; col < M; col++) s->relative[i++] = first - col;
        }
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < h; k++)
        for (int64_t n = 0; n < T * T; n++)
            s->bias[k * T * T + n] = s->table->data[s->relative[n] * h + k];
}

static int64_t scratch_len(const Saved *s) { return 8 * s->T * s->D + 2 * s->T * s->T; }

/* For every thread that may run. */
static Real *scratch_memory(Tape *tape, const Saved *s)
{
    return tape_alloc(tape, (size_t)(threads_here() * scratch_len(s)) * sizeof(Real));
}

/* That of the calling thread. */
static Scratch scratch_of(const Saved *s, Real *memory)
{
    const int64_t td = s->T * s->D, tt = s->T * s->T;
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
                     .dp = m + 8 * td + tt};
}

/* rows [T, D] <- columns `from` of the window's tokens in map [*, width] */
static void gather(const Saved *s, int64_t window, const Real *map, int64_t width, int64_t from,
                   Real scale, Real *rows)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++) {
        const Real *restrict x = map + token[t] * width + from;
        Real *restrict y = rows + t * s->D;
        for (int64_t d = 0; d < s->D; d++) y[d] = scale * x[d];
    }
}

/* map += scale * rows, the inverse of gather; overwrites when `set`. */
static void scatter(const Saved *s, int64_t window, const Real *rows, Real scale, bool set,
                    Real *map, int64_t width, int64_t from)
{
    const int64_t *token = s->token + window * s->T;
    for (int64_t t = 0; t < s->T; t++) {
        const Real *restrict x = rows + t * s->D;
        Real *restrict y = map + token[t] * width + from;
        for (int64_t d = 0; d < s->D; d++) y[d] = (set ? 0 : y[d]) + scale * x[d];
    }
}

static Real scale_of(const Saved *s) { return 1 / real_sqrt((Real)s->D); }

/* Gathers q, k, v of window n of image b for one head and leaves the probabilities in w->p. */
static void probabilities(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w)
{
    const int64_t T = s->T, D = s->D, width = 3 * s->C;
    const Real *map = s->qkv->data + b * s->shape.grid * s->shape.grid * width;
    gather(s, n, map, width, head * D, scale_of(s), w->q);
    gather(s, n, map, width, s->C + head * D, 1, w->k);
    gather(s, n, map, width, 2 * s->C + head * D, 1, w->v);
    memcpy(w->p, s->bias + head * T * T, (size_t)(T * T) * sizeof(Real));
    gemm_nt(T, T, D, w->q, w->k, 1, w->p);
    const unsigned char *area = s->area + n * T;
    for (int64_t i = 0; i < T; i++) {
        Real *row = w->p + i * T;
        if (s->shape.shift)
            for (int64_t j = 0; j < T; j++) row[j] += area[i] == area[j] ? 0 : -100;
        rows_softmax(T, row);
    }
}

static void forward_head(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w)
{
    Real *out = s->y->data + b * s->shape.grid * s->shape.grid * s->C;
    probabilities(s, b, n, head, w);
    gemm_nn(s->T, s->D, s->T, w->p, w->v, 0, w->o);
    scatter(s, n, w->o, 1, true, out, s->C, head * s->D);
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
        for (int64_t i = group_start(s, g); i < group_start(s, g + 1); i++)
            forward_head(s, i / s->windows, i % s->windows, piece % heads, &w);
    }
    tape_rewind(tape, mark);
}

static void backward_head(const Saved *s, int64_t b, int64_t n, int64_t head, const Scratch *w,
                          const Real *dy, Real *dqkv, Real *dbias)
{
    const int64_t T = s->T, D = s->D, width = 3 * s->C;
    const int64_t map = b * s->shape.grid * s->shape.grid;
    probabilities(s, b, n, head, w);
    gather(s, n, dy + map * s->C, s->C, head * D, 1, w->dout);
    gemm_nt(T, T, D, w->dout, w->v, 0, w->dp);
    gemm_tn(T, D, T, w->p, w->dout, 0, w->dv);
    for (int64_t i = 0; i < T; i++) rows_softmax_backward(T, w->p + i * T, w->dp + i * T);
    if (dbias)
        for (int64_t i = 0; i < T * T; i++) dbias[head * T * T + i] += w->dp[i];
    if (!dqkv) return;
    gemm_nn(T, D, T, w->dp, w->k, 0, w->dq);
    gemm_tn(T, D, T, w->dp, w->q, 0, w->dk); /* q is already scaled */
    scatter(s, n, w->dq, scale_of(s), false, dqkv + map * width, width, head * D);
    scatter(s, n, w->dk, 1, false, dqkv + map * width, width, s->C + head * D);
    scatter(s, n, w->dv, 1, false, dqkv + map * width, width, 2 * s->C + head * D);
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
    const Real *dy = tape_grad(tape, s->y);
    Real *dqkv = tape_grad(tape, s->qkv), *dtable = tape_grad(tape, s->table);
    Real *memory = scratch_memory(tape, s), *dbias = NULL;
    if (dtable) {
        dbias = tape_alloc(tape, (size_t)(s->groups * bias_len) * sizeof(Real));
        memset(dbias, 0, (size_t)(s->groups * bias_len) * sizeof(Real));
    }
#pragma omp parallel for schedule(dynamic)
    for (int64_t piece = 0; piece < s->groups * heads; piece++) {
        const Scratch w = scratch_of(s, memory);
        const int64_t g = piece / heads, head = piece % heads;
        Real *mine = dbias ? dbias + g * bias_len : NULL;
        for (int64_t i = group_start(s, g); i < group_start(s, g + 1); i++)
            backward_head(s, i / s->windows, i % s->windows, head, &w, dy, dqkv, mine);
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
    s->y =
        tape_output(tape, 3, (int64_t[]){s->B, qkv->shape[1], C}, 2, (Tensor *[]){qkv, table});
    index_windows(tape, s);
    expand_bias(tape, s);
    forward(tape, s);
    tape_record(tape, "window_attention", s->y, backward, s);
    return s->y;
}
