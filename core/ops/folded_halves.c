/* SPDX-License-Identifier: Apache-2.0 */
/* Image by image; threads share the tiles of its products. */
#include "core/ops/folded_halves.h"

#include "core/math/bf16.h"
#include "core/ops/folded_attention.cl"
#include "core/ops/packed_product.h"

/* c [M, N] = a b + (add ? c : 0), where b is rounded and packed first. */
static void multiply(Tape *tape, int64_t M, int64_t N, int64_t K, const uint16_t *a, Matrix b,
                     Finish finish, bool add, Real *c)
{
    const TapeMark mark = tape_mark(tape);
    uint16_t *packed = tape_alloc(tape, (size_t)bf16_packed_len(K, N) * sizeof *packed);
    bf16_pack(K, N, b, packed);
    packed_product(tape, tape_bf16(tape),
                   &(PackedProduct){M, N, K, true, a, packed, finish, add, c});
    tape_rewind(tape, mark);
}

/* The keys [HN, C] of image b; their last column is the bias of the scores. */
static const Real *keys_of(const FoldedAttention *s, int64_t b)
{
    return s->keys->data + b * s->HN * (s->C + 1);
}

static void forward_image(Tape *tape, const FoldedAttention *s, int64_t b)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t Q = s->Q, C = s->C, HN = s->HN, at = b * Q * HN;
    const Real *keys = keys_of(s, b), *values = s->values->data + b * HN * C;
    Real *bias = tape_alloc(tape, (size_t)HN * sizeof *bias);
    for (int64_t i = 0; i < HN; i++) bias[i] = keys[i * (C + 1) + C];
    multiply(tape, Q, HN, C, tape_half(tape, s->x->data + b * Q * C, Q * C),
             (Matrix){keys, C + 1, true}, (Finish){.bias = bias}, false, s->p + at);
    uint16_t *weights = tape_alloc(tape, (size_t)(Q * HN) * sizeof *weights);
    LAUNCH(folded_softmax, Q, s->h, s->N, s->p + at, s->dropout, s->mask, b, s->dropped + at,
           weights);
    multiply(tape, Q, C, HN, weights, (Matrix){values, C, false}, (Finish){.bias = s->bo->data},
             false, s->y->data + b * Q * C);
    tape_rewind(tape, mark);
}

void folded_forward_halves(Tape *tape, const FoldedAttention *s)
{
    for (int64_t b = 0; b < s->B; b++) forward_image(tape, s, b);
}

/* The gradient of the values of image b, and of its scores. */
static void backward_scores(Tape *tape, const FoldedGradients *g, int64_t b)
{
    const TapeMark mark = tape_mark(tape);
    const FoldedAttention *s = g->s;
    const int64_t Q = s->Q, C = s->C, HN = s->HN, at = b * Q * HN;
    const uint16_t *dy = tape_half(tape, g->dy + b * Q * C, Q * C);
    multiply(tape, Q, HN, C, dy, (Matrix){s->values->data + b * HN * C, C, true}, (Finish){0},
             false, g->dd + at);
    if (g->dvalues)
        bf16_gemm_tn(tape_bf16(tape), HN, C, Q, tape_half(tape, s->dropped + at, Q * HN), dy,
                     true, g->dvalues + b * HN * C, C);
    LAUNCH(folded_softmax_backward, Q, s->h, s->N, s->p + at, s->dropout, s->mask, b,
           g->dd + at, g->ds + at);
    tape_rewind(tape, mark);
}

static void backward_image(Tape *tape, const FoldedGradients *g, int64_t b)
{
    const TapeMark mark = tape_mark(tape);
    const FoldedAttention *s = g->s;
    const int64_t Q = s->Q, C = s->C, HN = s->HN;
    backward_scores(tape, g, b);
    const uint16_t *ds = tape_half(tape, g->ds + b * Q * HN, Q * HN);
    if (g->dx)
        multiply(tape, Q, C, HN, ds, (Matrix){keys_of(s, b), C + 1, false}, (Finish){0}, true,
                 g->dx + b * Q * C);
    if (g->dkeys)
        bf16_gemm_tn(tape_bf16(tape), HN, C, Q, ds,
                     tape_half(tape, s->x->data + b * Q * C, Q * C), true,
                     g->dkeys + b * HN * (C + 1), C + 1);
    tape_rewind(tape, mark);
}

void folded_backward_halves(Tape *tape, const FoldedGradients *g, FoldedImages images)
{
    for (int64_t i = 0; i < images.count; i++) backward_image(tape, g, images.at[i]);
    if (g->dkeys) folded_add_biases(g, images);
}
