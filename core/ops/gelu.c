/* SPDX-License-Identifier: Apache-2.0 */
/* y = x Phi(x);  dy/dx = Phi(x) + x phi(x). */
#include "core/ops/gelu.cl"

#include "core/ops/gelu.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t M = tensor_rows(s->x), N = tensor_len(s->x) / M;
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    LAUNCH(gelu_backward, M, N, s->x->data, tape_grad(tape, s->y), is_new, dx);
}

Tensor *gelu_of(Tape *tape, Tensor *x, Real *y)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output_of(tape, y, x->ndim, x->shape, 1, &x)};
    tape_record(tape, "gelu", s->y, backward, s);
    return s->y;
}

Tensor *op_gelu(Tape *tape, Tensor *x)
{
    Real *y = tape_alloc(tape, (size_t)tensor_len(x) * sizeof *y);
    LAUNCH(gelu_forward, tensor_len(x), x->data, y);
    return gelu_of(tape, x, y);
}
