/* SPDX-License-Identifier: Apache-2.0 */
/* Learned tokens before the patches of every image, plus positions. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *token, *position, *y; /* token and position may be NULL */
    int64_t T;                        /* tokens before the patches */
} Saved;

static void forward(const Saved *s)
{
    const int64_t B = s->y->shape[0], N = s->y->shape[1], C = s->y->shape[2], T = s->T;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++) {
        const int64_t b = i / N, n = i % N;
        const Real *x = n < T ? s->token->data + n * C : s->x->data + (i - (b + 1) * T) * C;
        Real *y = s->y->data + i * C;
        memcpy(y, x, (size_t)C * sizeof *y);
        if (s->position) rows_add(C, s->position->data + n * C, y);
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->y->shape[0], N = s->y->shape[1], C = s->y->shape[2], T = s->T;
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dtoken = tape_grad(tape, s->token);
    Real *dposition = tape_grad(tape, s->position);
    for (int64_t b = 0; b < B; b++) {
        const Real *d = dy + b * N * C;
        if (dtoken) rows_add(T * C, d, dtoken);
        if (dposition) rows_add(N * C, d, dposition);
        if (dx) rows_add((N - T) * C, d + T * C, dx + b * (N - T) * C);
    }
}

Tensor *op_embed_patches(Tape *tape, Tensor *x, Tensor *token, Tensor *position)
{
    CHECK(x->ndim == 3, "x has %d axes", x->ndim);
    const int64_t B = x->shape[0], C = x->shape[2];
    CHECK(!token || tensor_axis(token, -1) == C, "token has %ld, expected %ld",
          tensor_axis(token, -1), C);
    const int64_t T = token ? tensor_len(token) / C : 0, N = T + x->shape[1];
    CHECK(!position || (tensor_axis(position, -1) == C && tensor_len(position) == N * C),
          "position has %ld elements, expected %ld x %ld", tensor_len(position), N, C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .token = token, .position = position, .T = T};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, C}, 3, (Tensor *[]){x, token, position});
    forward(s);
    tape_record(tape, "embed_patches", s->y, backward, s);
    return s->y;
}
