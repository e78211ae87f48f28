/* SPDX-License-Identifier: Apache-2.0 */
/* y = x s with s = sigmoid(1.702 x);  dy/dx = s + 1.702 y (1 - s). */
#include "core/ops/quick_gelu.cl"

#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    LAUNCH(quick_gelu_backward, tensor_len(s->x), s->x->data, tape_grad(tape, s->y),
           tape_grad(tape, s->x));
}

Tensor *op_quick_gelu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    LAUNCH(quick_gelu_forward, tensor_len(x), x->data, s->y->data);
    tape_record(tape, "quick_gelu", s->y, backward, s);
    return s->y;
}
