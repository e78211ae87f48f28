/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of the tokens as an additional first token. */
#include "core/error.h"
#include "core/ops/column_sum.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void mean_of(Tape *tape, int64_t N, int64_t C, const Real *x, Real *out)
{
    memset(out, 0, (size_t)C * sizeof *out);
    column_sum(tape, N, C, x, out);
    for (int64_t c = 0; c < C; c++) out[c] /= (Real)N;
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->x->shape[0], N = s->x->shape[1], C = s->x->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++) {
        const Real *pooled = dy + i / N * (N + 1) * C, *own = pooled + (1 + i % N) * C;
        for (int64_t c = 0; c < C; c++) dx[i * C + c] += own[c] + pooled[c] / (Real)N;
    }
}

Tensor *op_pool_prepend(Tape *tape, Tensor *x)
{
    CHECK(x->ndim == 3, "x has %d axes", x->ndim);
    const int64_t B = x->shape[0], N = x->shape[1], C = x->shape[2];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x};
    s->y = tape_output(tape, 3, (int64_t[]){B, 1 + N, C}, 1, &x);
    for (int64_t b = 0; b < B; b++) {
        Real *y = s->y->data + b * (1 + N) * C;
        mean_of(tape, N, C, x->data + b * N * C, y);
        memcpy(y + C, x->data + b * N * C, (size_t)(N * C) * sizeof *y);
    }
    tape_record(tape, "pool_prepend", s->y, backward, s);
    return s->y;
}
