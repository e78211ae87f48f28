/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-attention with folded keys and values: two products and a softmax per head, for every
 * image
 *   S = x keys^T + bias;  P = softmax by head;  y = dropout(P) values + bo. */
#include "core/ops/folded_attention.cl"

#include "core/error.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/math/threads.h"
#include "core/ops/column_sum.h"
#include "core/ops/folded_halves.h"
#include "core/ops/folded_scores.h"
#include "core/parallel.h"

typedef struct ImageWork {
    void (*work)(FoldedImages images, void *context);
    const int64_t *at;
    void *context;
} ImageWork;

static void one_image(int64_t i, void *context)
{
    const ImageWork *w = context;
    w->work((FoldedImages){w->at + i, 1}, w->context);
}

/* Each image on a thread of its own, whose cache then holds its scores, if there are enough of
 * them; otherwise all together, so that threads share the tiles of all products. The choice
 * changes the speed only. */
static void for_images(FoldedImages images, void (*work)(FoldedImages images, void *context),
                       void *context)
{
    if (images.count >= threads_here())
        parallel_for(images.count, one_image, &(ImageWork){work, images.at, context});
    else
        work(images, context);
}

/* The scores of image b become probabilities. */
static void softmax_image(const FoldedAttention *s, int64_t b)
{
    const int64_t at = b * s->Q * s->HN;
    Real *p = s->p + at, *dropped = s->dropped + at;
    if (threads_here() == 1)
        for (int64_t q = 0; q < s->Q; q++)
            folded_softmax_row(q, s->h, s->N, p, s->dropout, s->mask, b, dropped, NULL);
    else
        LAUNCH(folded_softmax, s->Q, s->h, s->N, p, s->dropout, s->mask, b, dropped, NULL);
}

static void softmax_image_backward(const FoldedGradients *g, int64_t b)
{
    const FoldedAttention *s = g->s;
    const int64_t at = b * s->Q * s->HN;
    const Real *p = s->p + at, *dd = g->dd + at;
    Real *ds = g->ds + at;
    if (threads_here() == 1)
        for (int64_t q = 0; q < s->Q; q++)
            folded_softmax_backward_row(q, s->h, s->N, p, s->dropout, s->mask, b, dd, ds);
    else
        LAUNCH(folded_softmax_backward, s->Q, s->h, s->N, p, s->dropout, s->mask, b, dd, ds);
}

static void forward_images(FoldedImages images, void *context)
{
    const FoldedAttention *s = context;
    const int64_t Q = s->Q, C = s->C, HN = s->HN;
    const Finish finish = {.bias = s->bo->data};
    for (int64_t i = 0; i < images.count; i++)
        folded_scores_start(Q, C, HN, s->keys->data + images.at[i] * HN * (C + 1),
                            s->p + images.at[i] * Q * HN);
    gemm_each(&(GemmEach){images.count, images.at, Q * C, HN * (C + 1), Q * HN}, Q, HN, C,
              (Matrix){s->x->data, C, false}, (Matrix){s->keys->data, C + 1, true}, 1, NULL,
              s->p, HN);
    for (int64_t i = 0; i < images.count; i++) softmax_image(s, images.at[i]);
    gemm_each(&(GemmEach){images.count, images.at, Q * HN, HN * C, Q * C}, Q, C, HN,
              (Matrix){s->dropped, HN, false}, (Matrix){s->values->data, C, false}, 0, &finish,
              s->y->data, C);
}

/* All images. */
static FoldedImages all_images(Tape *tape, int64_t B)
{
    int64_t *at = tape_alloc(tape, (size_t)B * sizeof *at);
    for (int64_t b = 0; b < B; b++) at[b] = b;
    return (FoldedImages){at, B};
}

typedef struct Active {
    const FoldedAttention *s;
    const Real *dy;
    bool *is; /* [B] */
} Active;

static void look(int64_t b, void *context)
{
    const Active *a = context;
    const int64_t n = a->s->Q * a->s->C;
    a->is[b] = false;
    for (int64_t i = 0; i < n && !a->is[b]; i++) a->is[b] = a->dy[b * n + i] != 0;
}

/* The images with a query that has a gradient (see linear.c). */
static FoldedImages active_images(Tape *tape, const FoldedAttention *s, const Real *dy)
{
    int64_t *at = tape_alloc(tape, (size_t)s->B * sizeof *at), n = 0;
    const Active active = {s, dy, tape_alloc(tape, (size_t)s->B)};
    parallel_for(s->B, look, (void *)(intptr_t)&active);
    for (int64_t b = 0; b < s->B; b++)
        if (active.is[b]) at[n++] = b;
    return (FoldedImages){at, n};
}

enum { BIAS_COLUMNS = 64 };

typedef struct BiasWork {
    const FoldedGradients *g;
    FoldedImages images;
} BiasWork;

/* The last column of dkeys: the sums of some columns of ds, in the order of the queries. */
static void add_bias(int64_t i, void *context)
{
    const BiasWork *w = context;
    const FoldedAttention *s = w->g->s;
    const int64_t blocks = (s->HN + BIAS_COLUMNS - 1) / BIAS_COLUMNS;
    const int64_t b = w->images.at[i / blocks], first = i % blocks * BIAS_COLUMNS;
    const int64_t n = s->HN - first < BIAS_COLUMNS ? s->HN - first : BIAS_COLUMNS;
    const Real *ds = w->g->ds + b * s->Q * s->HN + first;
    Real sum[BIAS_COLUMNS], *dkeys = w->g->dkeys + (b * s->HN + first) * (s->C + 1);
    for (int64_t c = 0; c < n; c++) sum[c] = ds[c];
    for (int64_t q = 1; q < s->Q; q++)
        for (int64_t c = 0; c < n; c++) sum[c] += ds[q * s->HN + c];
    for (int64_t c = 0; c < n; c++) dkeys[c * (s->C + 1) + s->C] += sum[c];
}

void folded_add_biases(const FoldedGradients *g, FoldedImages images)
{
    const int64_t blocks = (g->s->HN + BIAS_COLUMNS - 1) / BIAS_COLUMNS;
    parallel_for(images.count * blocks, add_bias, &(BiasWork){g, images});
}

/* The gradient of the scores of the images. */
static void backward_scores(const FoldedGradients *g, FoldedImages images)
{
    const FoldedAttention *s = g->s;
    const int64_t Q = s->Q, C = s->C, HN = s->HN;
    gemm_each(&(GemmEach){images.count, images.at, Q * C, HN * C, Q * HN}, Q, HN, C,
              (Matrix){g->dy, C, false}, (Matrix){s->values->data, C, true}, 0, NULL, g->dd,
              HN);
    for (int64_t i = 0; i < images.count; i++) softmax_image_backward(g, images.at[i]);
}

static void backward_images(FoldedImages images, void *context)
{
    const FoldedGradients *g = context;
    const FoldedAttention *s = g->s;
    const int64_t Q = s->Q, C = s->C, HN = s->HN, n = images.count;
    if (g->dvalues)
        gemm_each(&(GemmEach){n, images.at, Q * HN, Q * C, HN * C}, HN, C, Q,
                  (Matrix){s->dropped, HN, true}, (Matrix){g->dy, C, false}, 1, NULL,
                  g->dvalues, C);
    backward_scores(g, images);
    if (g->dx)
        gemm_each(&(GemmEach){n, images.at, Q * HN, HN * (C + 1), Q * C}, Q, C, HN,
                  (Matrix){g->ds, HN, false}, (Matrix){s->keys->data, C + 1, false}, 1, NULL,
                  g->dx, C);
    if (!g->dkeys) return;
    gemm_each(&(GemmEach){n, images.at, Q * HN, Q * C, HN * (C + 1)}, HN, C, Q,
              (Matrix){g->ds, HN, true}, (Matrix){s->x->data, C, false}, 1, NULL, g->dkeys,
              C + 1);
    folded_add_biases(g, images);
}

static void backward(Tape *tape, void *saved)
{
    const FoldedAttention *s = saved;
    const TapeMark mark = tape_mark(tape);
    const size_t bytes = (size_t)(s->B * s->Q * s->HN) * sizeof(Real);
    FoldedGradients g = {.s = s, .dy = tape_grad(tape, s->y), .dx = tape_grad(tape, s->x)};
    g.dkeys = tape_grad(tape, s->keys);
    g.dvalues = tape_grad(tape, s->values);
    g.ds = tape_alloc(tape, bytes);
    g.dd = s->dropout ? tape_alloc(tape, bytes) : g.ds;
    const FoldedImages images = active_images(tape, s, g.dy);
    if (tape_bf16(tape))
        folded_backward_halves(tape, &g, images);
    else
        for_images(images, backward_images, &g);
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
    FoldedAttention *s = tape_alloc(tape, sizeof *s);
    *s = (FoldedAttention){.x = x,
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
    if (tape_bf16(tape))
        folded_forward_halves(tape, s);
    else
        for_images(all_images(tape, s->B), forward_images, s);
    tape_record(tape, "folded_attention", s->y, backward, s);
    return s->y;
}
