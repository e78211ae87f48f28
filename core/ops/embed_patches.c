/* The class token before the patches of every image, plus positions. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *token, *position, *y;
} Saved;

static void forward(const Saved *s)
{
    const int64_t B = s->y->shape[0], N = s->y->shape[1], C = s->y->shape[2];
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++) {
        const int64_t b = i / N, n = i % N;
        const Real *restrict x = n ? s->x->data + (i - b - 1) * C : s->token->data;
        const Real *restrict position = s->position->data + n * C;
        Real *restrict y = s->y->data + i * C;
        for (int64_t c = 0; c < C; c++) y[c] = x[c] + position[c];
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->y->shape[0], N = s->y->shape[1], C = s->y->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dtoken = tape_grad(tape, s->token);
    Real *dposition = tape_grad(tape, s->position);
    for (int64_t b = 0; b < B; b++) {
        const Real *d = dy + b * N * C;
        if (dtoken) rows_add(C, d, dtoken);
        if (dposition) rows_add(N * C, d, dposition);
        if (dx) rows_add((N - 1) * C, d + C, dx + b * (N - 1) * C);
    }
}

Tensor *op_embed_patches(Tape *tape, Tensor *x, Tensor *token, Tensor *position)
{
    CHECK(x->ndim == 3, "x has %d axes", x->ndim);
    const int64_t B = x->shape[0], N = 1 + x->shape[1], C = x->shape[2];
    CHECK(tensor_len(token) == C, "token has %lld, want %lld", (long long)tensor_len(token),
          (long long)C);
    CHECK(position->ndim == 2 && position->shape[0] == N && position->shape[1] == C,
          "position has %lld elements, want %lld x %lld", (long long)tensor_len(position),
          (long long)N, (long long)C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .token = token, .position = position};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, C}, 3, (Tensor *[]){x, token, position});
    forward(s);
    tape_record(tape, "embed_patches", s->y, backward, s);
    return s->y;
}
