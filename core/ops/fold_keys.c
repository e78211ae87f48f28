/* SPDX-License-Identifier: Apache-2.0 */
/* (x Wq^T + bq) k^T = x (k Wq)^T + bq k^T per head: the projection of thousands of queries
 * becomes that of a few keys. The last column holds the bias term. */
#include "core/error.h"
#include "core/math/gemm.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *k, *wq, *bq, *y;
    int64_t B, N, C, h, D;
    Real scale; /* 1 / sqrt(D) */
} Saved;

static void forward_head(const Saved *s, int64_t b, int64_t a)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    const Real *k = s->k->data + b * N * C + a * D;      /* [N, D], rows C apart */
    Real *y = s->y->data + (b * s->h + a) * N * (C + 1); /* [N, C + 1] */
    gemm(N, C, D, s->scale, (Matrix){k, C, false}, (Matrix){s->wq->data + a * D * C, C, false},
         0, y, C + 1);
    gemm(N, 1, D, s->scale, (Matrix){k, C, false}, (Matrix){s->bq->data + a * D, 1, false}, 0,
         y + C, C + 1);
}

static void backward_keys(const Saved *s, int64_t b, int64_t a, const Real *dy, Real *dk)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    const Real *d = dy + (b * s->h + a) * N * (C + 1);
    dk += b * N * C + a * D;
    gemm(N, D, C, s->scale, (Matrix){d, C + 1, false},
         (Matrix){s->wq->data + a * D * C, C, true}, 1, dk, C);
    gemm(N, D, 1, s->scale, (Matrix){d + C, C + 1, false},
         (Matrix){s->bq->data + a * D, D, false}, 1, dk, C);
}

/* Gradients of head a's rows of wq and bq, images in order. */
static void backward_query(const Saved *s, int64_t a, const Real *dy, Real *dwq, Real *dbq)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    for (int64_t b = 0; b < s->B; b++) {
        const Real *d = dy + (b * s->h + a) * N * (C + 1);
        const Matrix k = {s->k->data + b * N * C + a * D, C, true};
        if (dwq) gemm(D, C, N, s->scale, k, (Matrix){d, C + 1, false}, 1, dwq + a * D * C, C);
        if (dbq) gemm(D, 1, N, s->scale, k, (Matrix){d + C, C + 1, false}, 1, dbq + a * D, 1);
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *dk = tape_grad(tape, s->k);
    Real *dwq = tape_grad(tape, s->wq), *dbq = tape_grad(tape, s->bq);
    if (dk) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < s->B * s->h; i++) backward_keys(s, i / s->h, i % s->h, dy, dk);
    }
#pragma omp parallel for schedule(static)
    for (int64_t a = 0; a < s->h; a++) backward_query(s, a, dy, dwq, dbq);
}

Tensor *op_fold_keys(Tape *tape, Tensor *k, Tensor *wq, Tensor *bq, int64_t heads)
{
    CHECK(k->ndim == 3 && heads > 0 && k->shape[2] % heads == 0, "k has %d axes, %ld heads",
          k->ndim, heads);
    const int64_t B = k->shape[0], N = k->shape[1], C = k->shape[2], D = C / heads;
    CHECK(wq->ndim == 2 && wq->shape[0] == C && wq->shape[1] == C, "wq has %ld elements",
          tensor_len(wq));
    CHECK(tensor_len(bq) == C, "bq has %ld, expected %ld", tensor_len(bq), C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.k = k,
                 .wq = wq,
                 .bq = bq,
                 .B = B,
                 .N = N,
                 .C = C,
                 .h = heads,
                 .D = D,
                 .scale = 1 / real_sqrt((Real)D)};
    s->y = tape_output(tape, 3, (int64_t[]){B, heads * N, C + 1}, 3, (Tensor *[]){k, wq, bq});
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * heads; i++) forward_head(s, i / heads, i % heads);
    tape_record(tape, "fold_keys", s->y, backward, s);
    return s->y;
}
