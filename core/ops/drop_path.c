/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic depth: whole samples are dropped. */
#include "core/ops/drop_path.cl"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    Real *scale; /* [B]: 0 or 1 / (1 - p) */
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->x->shape[0], n = tensor_len(s->x) / B;
    const Real *dy = tape_grad(tape, s->y);
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    for (int64_t b = 0; b < B; b++) {
        if (is_new)
            LAUNCH(drop_path_forward, n, s->scale[b], dy + b * n, dx + b * n);
        else if (s->scale[b] != 0)
            LAUNCH(drop_path_backward, n, s->scale[b], dy + b * n, dx + b * n);
    }
}

Tensor *op_drop_path(Tape *tape, Tensor *x, double p, uint64_t site)
{
    CHECK(x->ndim >= 1 && p >= 0 && p < 1, "x has %d axes, p is %g", x->ndim, p);
    if (!tape_training(tape) || p == 0) return x;
    const int64_t B = x->shape[0], n = tensor_len(x) / B;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    s->scale = tape_alloc(tape, (size_t)B * sizeof(Real));
    Rng rng = tape_stream(tape, RNG_DROP_PATH, site);
    for (int64_t b = 0; b < tape_shard(tape)->first; b++) rng_uniform(&rng);
    for (int64_t b = 0; b < B; b++) {
        s->scale[b] = rng_uniform(&rng) < p ? 0 : (Real)(1 / (1 - p));
        LAUNCH(drop_path_forward, n, s->scale[b], x->data + b * n, s->y->data + b * n);
    }
    tape_record(tape, "drop_path", s->y, backward, s);
    return s->y;
}
