/* SPDX-License-Identifier: Apache-2.0 */
/* Attention inside sequences of different lengths. The rows of a sequence are gathered for one
 * head at a time; the softmax is recomputed in backward, so only the input is kept. */
#include "core/error.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/math/softmax.h"
#include "core/ops/ops.h"

#include <string.h>

/* Number of groups of (sequence, head) pairs; each group has its own scratch memory. */
enum { GROUPS = 16 };

typedef struct Saved {
    Tensor *qkv, *y;
    PackedSequences in;
    int64_t *answer; /* [S] row of y of the first query position of each sequence */
    int64_t C, D, h;
    int64_t longest; /* positions of the longest sequence */
    bool causal;
} Saved;

/* Scratch memory for one sequence and head with T positions, Q of them query positions. */
typedef struct Scratch {
    Real *q, *k, *v, *o;       /* [Q or T, D] */
    Real *p, *dp;              /* [Q, T] */
    Real *dq, *dk, *dv, *dout; /* [Q or T, D] */
} Scratch;

static int64_t positions(const Saved *s, int64_t n)
{
    return s->in.offset[n + 1] - s->in.offset[n];
}
static int64_t asking(const Saved *s, int64_t n) { return s->in.end[n] - s->in.first[n]; }
static Real scale_of(const Saved *s) { return 1 / real_sqrt((Real)s->D); }

/* Number of keys that query position i of sequence n sees. */
static int64_t visible(const Saved *s, int64_t n, int64_t i)
{
    return s->causal ? s->in.first[n] + i + 1 : positions(s, n);
}

static int64_t scratch_len(const Saved *s, bool backward)
{
    const int64_t td = s->longest * s->D, tt = s->longest * s->longest;
    return backward ? 8 * td + 2 * tt : 4 * td + tt;
}

static Scratch scratch_at(const Saved *s, Real *m, bool backward)
{
    const int64_t td = s->longest * s->D, tt = s->longest * s->longest;
    Scratch w = {.q = m, .k = m + td, .v = m + 2 * td, .o = m + 3 * td, .p = m + 4 * td};
    if (!backward) return w;
    m += 4 * td + tt;
    w.dq = m, w.dk = m + td, w.dv = m + 2 * td, w.dout = m + 3 * td, w.dp = m + 4 * td;
    return w;
}

/* rows [n, D] <- scale * columns `from` .. of the rows `row` of x. */
static void gather(const Saved *s, int64_t n, const int64_t *row, int64_t from, Real scale,
                   Real *restrict rows)
{
    for (int64_t t = 0; t < n; t++) {
        const Real *restrict x = s->qkv->data + row[t] * 3 * s->C + from;
        for (int64_t d = 0; d < s->D; d++) rows[t * s->D + d] = scale * x[d];
    }
}

/* The inverse of gather: adds to the gradient of qkv. */
static void scatter_add(const Saved *s, int64_t n, const int64_t *row, int64_t from, Real scale,
                        const Real *restrict rows, Real *dqkv)
{
    for (int64_t t = 0; t < n; t++) {
        Real *restrict x = dqkv + row[t] * 3 * s->C + from;
        for (int64_t d = 0; d < s->D; d++) x[d] += scale * rows[t * s->D + d];
    }
}

/* Gathers q, k, v of sequence n for one head and leaves the probabilities in w->p. */
static void probabilities(const Saved *s, int64_t n, int64_t head, const Scratch *w)
{
    const int64_t T = positions(s, n), Q = asking(s, n), at = head * s->D;
    const int64_t *row = s->in.row + s->in.offset[n];
    gather(s, Q, row + s->in.first[n], at, scale_of(s), w->q);
    gather(s, T, row, s->C + at, 1, w->k);
    gather(s, T, row, 2 * s->C + at, 1, w->v);
    gemm_nt(Q, T, s->D, w->q, w->k, 0, w->p);
    for (int64_t i = 0; i < Q; i++) {
        const int64_t seen = visible(s, n, i);
        softmax_rows(1, seen, T, w->p + i * T);
        memset(w->p + i * T + seen, 0, (size_t)(T - seen) * sizeof(Real));
    }
}

static void forward_one(const Saved *s, int64_t n, int64_t head, const Scratch *w)
{
    const int64_t Q = asking(s, n);
    probabilities(s, n, head, w);
    gemm_nn(Q, s->D, positions(s, n), w->p, w->v, 0, w->o);
    for (int64_t i = 0; i < Q; i++)
        memcpy(s->y->data + (s->answer[n] + i) * s->C + head * s->D, w->o + i * s->D,
               (size_t)s->D * sizeof(Real));
}

static void forward(Tape *tape, const Saved *s)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t len = scratch_len(s, false), pairs = s->in.count * s->h;
    Real *memory = tape_alloc(tape, (size_t)(GROUPS * len) * sizeof(Real));
#pragma omp parallel for schedule(dynamic)
    for (int64_t g = 0; g < GROUPS; g++) {
        const Scratch w = scratch_at(s, memory + g * len, false);
        for (int64_t i = pairs * g / GROUPS; i < pairs * (g + 1) / GROUPS; i++)
            forward_one(s, i / s->h, i % s->h, &w);
    }
    tape_rewind(tape, mark);
}

static void backward_one(const Saved *s, int64_t n, int64_t head, const Scratch *w,
                         const Real *dy, Real *dqkv)
{
    const int64_t T = positions(s, n), Q = asking(s, n), D = s->D, at = head * D;
    const int64_t *row = s->in.row + s->in.offset[n];
    probabilities(s, n, head, w);
    for (int64_t i = 0; i < Q; i++)
        memcpy(w->dout + i * D, dy + (s->answer[n] + i) * s->C + at, (size_t)D * sizeof(Real));
    gemm_nt(Q, T, D, w->dout, w->v, 0, w->dp);
    gemm_tn(T, D, Q, w->p, w->dout, 0, w->dv);
    for (int64_t i = 0; i < Q; i++) rows_softmax_backward(T, w->p + i * T, w->dp + i * T);
    gemm_nn(Q, D, T, w->dp, w->k, 0, w->dq);
    gemm_tn(T, D, Q, w->dp, w->q, 0, w->dk); /* q is already scaled */
    scatter_add(s, Q, row + s->in.first[n], at, scale_of(s), w->dq, dqkv);
    scatter_add(s, T, row, s->C + at, 1, w->dk, dqkv);
    scatter_add(s, T, row, 2 * s->C + at, 1, w->dv, dqkv);
}

/* Each thread processes a head and its sequences in order, so that shared rows are written by
 * one thread. */
static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const TapeMark mark = tape_mark(tape);
    const Real *dy = tape_grad(tape, s->y);
    Real *dqkv = tape_grad(tape, s->qkv);
    const int64_t len = scratch_len(s, true);
    Real *memory = tape_alloc(tape, (size_t)(s->h * len) * sizeof(Real));
#pragma omp parallel for schedule(dynamic)
    for (int64_t head = 0; head < s->h; head++) {
        const Scratch w = scratch_at(s, memory + head * len, true);
        for (int64_t n = 0; n < s->in.count; n++) backward_one(s, n, head, &w, dy, dqkv);
    }
    tape_rewind(tape, mark);
}

static void check_sequences(const PackedSequences *in, int64_t rows)
{
    CHECK(in->count > 0 && in->offset[0] == 0, "%ld sequences", in->count);
    for (int64_t n = 0; n < in->count; n++) {
        const int64_t T = in->offset[n + 1] - in->offset[n];
        CHECK(in->first[n] >= 0 && in->first[n] < in->end[n] && in->end[n] <= T,
              "sequence %ld: positions %ld to %ld of %ld ask", n, in->first[n], in->end[n], T);
    }
    for (int64_t i = 0; i < in->offset[in->count]; i++)
        CHECK(in->row[i] >= 0 && in->row[i] < rows, "position %ld is row %ld of %ld", i,
              in->row[i], rows);
}

Tensor *op_packed_attention(Tape *tape, Tensor *qkv, PackedSequences sequences, int64_t heads,
                            bool causal)
{
    const int64_t width = tensor_axis(qkv, -1);
    CHECK(heads > 0 && width % (3 * heads) == 0, "%ld channels, %ld heads", width, heads);
    check_sequences(&sequences, tensor_rows(qkv));
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.qkv = qkv,
                 .in = sequences,
                 .C = width / 3,
                 .D = width / 3 / heads,
                 .h = heads,
                 .causal = causal};
    s->answer = tape_alloc(tape, (size_t)sequences.count * sizeof *s->answer);
    int64_t answers = 0;
    for (int64_t n = 0; n < sequences.count; n++) {
        s->answer[n] = answers;
        answers += asking(s, n);
        if (positions(s, n) > s->longest) s->longest = positions(s, n);
    }
    s->y = tape_output(tape, 2, (int64_t[]){answers, s->C}, 1, &qkv);
    forward(tape, s);
    tape_record(tape, "packed_attention", s->y, backward, s);
    return s->y;
}
