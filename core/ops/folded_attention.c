/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-attention with folded keys and values: two products and a softmax per head, for every
 * image
 *   S = x keys^T + bias;  P = softmax by head;  y = dropout(P) values + bo. */
#include "core/ops/folded_attention.cl"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/math/threads.h"
#include "core/ops/column_sum.h"
#include "core/ops/dropout_mask.h"
#include "core/ops/folded_scores.h"
#include "core/parallel.h"

typedef struct Saved {
    Tensor *x, *keys, *values, *bo, *y;
    int64_t B, Q, C, h, N, HN; /* HN = h * N */
    Real *p;                   /* [B, Q, HN] before dropout */
    Real *dropped;             /* p after dropout; equal to p without dropout */
    bool dropout;
    DropoutMask mask;
} Saved;

/* Calls piece for every image: on a thread for each, if there are enough of them, otherwise one
 * after the other with multi-threaded products, which a region of a single thread would make
 * create their threads anew. The choice changes the speed only. */
static void for_images(const Saved *s, void (*piece)(int64_t b, void *context), void *context)
{
    if (s->B >= threads_here())
        parallel_for(s->B, piece, context);
    else
        for (int64_t b = 0; b < s->B; b++) piece(b, context);
}

static void forward_image(int64_t b, void *context)
{
    const Saved *s = context;
    const int64_t Q = s->Q, C = s->C, HN = s->HN;
    const Real *x = s->x->data + b * Q * C, *keys = s->keys->data + b * HN * (C + 1);
    Real *p = s->p + b * Q * HN, *dropped = s->dropped + b * Q * HN;
    Real *y = s->y->data + b * Q * C;
    folded_scores(Q, C, HN, x, keys, p);
    LAUNCH(folded_softmax, Q, s->h, s->N, p, s->dropout, s->mask, b, dropped);
    gemm_finished(Q, C, HN, (Matrix){dropped, HN, false},
                  (Matrix){s->values->data + b * HN * C, C, false},
                  (Finish){.bias = s->bo->data}, y);
}

/* The keys [HN, C] of an image without their last column, which goes to bias [HN]. */
static void round_keys(const Saved *s, int64_t b, uint16_t *half, Real *bias)
{
    const int64_t C = s->C;
    const Real *keys = s->keys->data + b * s->HN * (C + 1);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < s->HN; i++) {
        const Real *row = keys + i * (C + 1);
        for (int64_t c = 0; c < C; c++) half[i * C + c] = bf16_of((float)row[c]);
        bias[i] = row[C];
    }
}

/* The forward pass with products in bfloat16, for scores. */
static void forward_halves(Tape *tape, const Saved *s)
{
    const TapeMark mark = tape_mark(tape);
    const Bf16 *m = tape_bf16_attention(tape);
    const int64_t Q = s->Q, C = s->C, HN = s->HN;
    const uint16_t *x = tape_half(tape, s->x->data, s->B * Q * C);
    const uint16_t *values = tape_half(tape, s->values->data, s->B * HN * C);
    uint16_t *keys = tape_alloc(tape, (size_t)(HN * C) * sizeof *keys);
    uint16_t *p = tape_alloc(tape, (size_t)(Q * HN) * sizeof *p);
    Real *bias = tape_alloc(tape, (size_t)HN * sizeof *bias);
    for (int64_t b = 0; b < s->B; b++) {
        Real *score = s->p + b * Q * HN;
        round_keys(s, b, keys, bias);
        bf16_gemm(m, Q, HN, C, (HalfMatrix){x + b * Q * C, C, false},
                  (HalfMatrix){keys, C, true}, (Finish){.bias = bias}, false, score);
        LAUNCH(folded_softmax, Q, s->h, s->N, score, false, s->mask, b, s->dropped);
        bf16_round(Q * HN, score, p);
        bf16_gemm(m, Q, C, HN, (HalfMatrix){p, HN, false},
                  (HalfMatrix){values + b * HN * C, C, false}, (Finish){.bias = s->bo->data},
                  false, s->y->data + b * Q * C);
    }
    tape_rewind(tape, mark);
}

typedef struct Gradients {
    const Saved *s;
    const Real *dy;
    Real *dx, *dkeys, *dvalues;
    Real *ds;    /* [B, Q, HN] scratch: gradient of probabilities, then of scores */
    Real *dbias; /* [B, HN] scratch: sums of the columns of ds */
    Real *dd;    /* gradient before the dropout's backward; equal to ds without dropout */
} Gradients;

/* Whether any query of image b has a gradient (see linear.c). */
static bool image_active(const Saved *s, int64_t b, const Real *dy)
{
    const int64_t n = s->Q * s->C;
    for (int64_t i = 0; i < n; i++)
        if (dy[b * n + i] != 0) return true;
    return false;
}

static void backward_image(int64_t b, void *context)
{
    const Gradients *g = context;
    const Saved *s = g->s;
    if (!image_active(s, b, g->dy)) return;
    const int64_t Q = s->Q, C = s->C, HN = s->HN, at = b * Q * HN;
    const Real *dy = g->dy + b * Q * C;
    Real *ds = g->ds + at;
    if (g->dvalues) gemm_tn(HN, C, Q, s->dropped + at, dy, 1, g->dvalues + b * HN * C);
    gemm_nt(Q, HN, C, dy, s->values->data + b * HN * C, 0, g->dd + at);
    LAUNCH(folded_softmax_backward, Q, s->h, s->N, s->p + at, s->dropout, s->mask, b,
           g->dd + at, ds);
    if (g->dx)
        gemm(Q, C, HN, 1, (Matrix){ds, HN, false},
             (Matrix){s->keys->data + b * HN * (C + 1), C + 1, false}, 1, g->dx + b * Q * C, C);
    if (!g->dkeys) return;
    Real *dkeys = g->dkeys + b * HN * (C + 1);
    gemm(HN, C, Q, 1, (Matrix){ds, HN, true}, (Matrix){s->x->data + b * Q * C, C, false}, 1,
         dkeys, C + 1);
    Real *dbias = g->dbias + b * HN;
    for (int64_t i = 0; i < HN; i++) dbias[i] = ds[i];
    for (int64_t q = 1; q < Q; q++)
        for (int64_t i = 0; i < HN; i++) dbias[i] += ds[q * HN + i];
    for (int64_t i = 0; i < HN; i++) dkeys[i * (C + 1) + C] += dbias[i];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const TapeMark mark = tape_mark(tape);
    const size_t bytes = (size_t)(s->B * s->Q * s->HN) * sizeof(Real);
    Gradients g = {.s = s, .dy = tape_grad(tape, s->y), .dx = tape_grad(tape, s->x)};
    g.dkeys = tape_grad(tape, s->keys);
    g.dvalues = tape_grad(tape, s->values);
    g.ds = tape_alloc(tape, bytes);
    g.dbias = tape_alloc(tape, (size_t)(s->B * s->HN) * sizeof(Real));
    g.dd = s->dropout ? tape_alloc(tape, bytes) : g.ds;
    for_images(s, backward_image, &g);
    Real *dbo = tape_grad(tape, s->bo);
    if (dbo) column_sum(tape, s->B * s->Q, s->C, g.dy, dbo);
    tape_rewind(tape, mark);
}

static void check_shapes(const Tensor *x, const Tensor *keys, const Tensor *values,
                         const Tensor *bo, int64_t heads)
{
    char a[96], b[96], c[96];
    CHECK(x->ndim == 3 && keys->ndim == 3 && values->ndim == 3 &&
              keys->shape[0] == x->shape[0] && values->shape[0] == x->shape[0] &&
              values->shape[1] == keys->shape[1] && keys->shape[2] == x->shape[2] + 1 &&
              values->shape[2] == x->shape[2],
          "x %s, keys %s, values %s", tensor_shape_text(x, a), tensor_shape_text(keys, b),
          tensor_shape_text(values, c));
    CHECK(heads > 0 && keys->shape[1] % heads == 0, "%ld folded rows, %ld heads",
          keys->shape[1], heads);
    CHECK(tensor_len(bo) == x->shape[2], "bo has %ld, expected %ld", tensor_len(bo),
          x->shape[2]);
}

Tensor *op_folded_attention(Tape *tape, Tensor *x, Tensor *keys, Tensor *values, Tensor *bo,
                            int64_t heads, double dropout, DropoutRows rows)
{
    check_shapes(x, keys, values, bo, heads);
    CHECK(dropout >= 0 && dropout < 1, "dropout %g", dropout);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x,
                 .keys = keys,
                 .values = values,
                 .bo = bo,
                 .B = x->shape[0],
                 .Q = x->shape[1],
                 .C = x->shape[2],
                 .h = heads,
                 .N = keys->shape[1] / heads,
                 .HN = keys->shape[1],
                 .dropout = tape_training(tape) && dropout > 0};
    const size_t bytes = (size_t)(s->B * s->Q * s->HN) * sizeof(Real);
    s->y = tape_output(tape, 3, x->shape, 4, (Tensor *[]){x, keys, values, bo});
    s->p = tape_alloc(tape, bytes);
    s->dropped = s->dropout ? tape_alloc(tape, bytes) : s->p;
    if (s->dropout) s->mask = dropout_mask(tape, dropout, s->Q, rows);
    if (tape_bf16_attention(tape) && !s->dropout)
        forward_halves(tape, s);
    else
        for_images(s, forward_image, s);
    tape_record(tape, "folded_attention", s->y, backward, s);
    return s->y;
}
