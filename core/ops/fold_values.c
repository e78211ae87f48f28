/* SPDX-License-Identifier: Apache-2.0 */
/* (P v) Wo^T = P (v Wo^T) per head: the output projection of thousands of queries becomes that
 * of a few values. */
#include "core/error.h"
#include "core/math/gemm.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *v, *wo, *y;
    int64_t B, N, C, h, D;
} Saved;

static void forward_head(const Saved *s, int64_t b, int64_t a)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    gemm(N, C, D, 1, (Matrix){s->v->data + b * N * C + a * D, C, false},
         (Matrix){s->wo->data + a * D, C, true}, 0, s->y->data + (b * s->h + a) * N * C, C);
}

static void backward_values(const Saved *s, int64_t b, int64_t a, const Real *dy, Real *dv)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    gemm(N, D, C, 1, (Matrix){dy + (b * s->h + a) * N * C, C, false},
         (Matrix){s->wo->data + a * D, C, false}, 1, dv + b * N * C + a * D, C);
}

/* Gradient of head a's columns of wo, images in order. */
static void backward_output(const Saved *s, int64_t a, const Real *dy, Real *dwo)
{
    const int64_t C = s->C, D = s->D, N = s->N;
    for (int64_t b = 0; b < s->B; b++)
        gemm(C, D, N, 1, (Matrix){dy + (b * s->h + a) * N * C, C, true},
             (Matrix){s->v->data + b * N * C + a * D, C, false}, 1, dwo + a * D, C);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *dv = tape_grad(tape, s->v), *dwo = tape_grad(tape, s->wo);
    if (dv) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < s->B * s->h; i++)
            backward_values(s, i / s->h, i % s->h, dy, dv);
    }
    if (dwo) {
#pragma omp parallel for schedule(static)
        for (int64_t a = 0; a < s->h; a++) backward_output(s, a, dy, dwo);
    }
}

Tensor *op_fold_values(Tape *tape, Tensor *v, Tensor *wo, int64_t heads)
{
    CHECK(v->ndim == 3 && heads > 0 && v->shape[2] % heads == 0, "v has %d axes, %ld heads",
          v->ndim, heads);
    const int64_t B = v->shape[0], N = v->shape[1], C = v->shape[2];
    CHECK(wo->ndim == 2 && wo->shape[0] == C && wo->shape[1] == C, "wo has %ld elements",
          tensor_len(wo));
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.v = v, .wo = wo, .B = B, .N = N, .C = C, .h = heads, .D = C / heads};
    s->y = tape_output(tape, 3, (int64_t[]){B, heads * N, C}, 2, (Tensor *[]){v, wo});
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * heads; i++) forward_head(s, i / heads, i % heads);
    tape_record(tape, "fold_values", s->y, backward, s);
    return s->y;
}
