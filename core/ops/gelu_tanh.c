/* SPDX-License-Identifier: Apache-2.0 */
/* y = x s with s = sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3), which is x (1 + tanh u) /
 * 2; dy/dx = s + 2 x u' s (1 - s). */
#include "core/ops/gelu_tanh.cl"

#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    LAUNCH(gelu_tanh_backward, tensor_len(s->x), s->x->data, tape_grad(tape, s->y),
           tape_grad(tape, s->x));
}

Tensor *op_gelu_tanh(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    LAUNCH(gelu_tanh_forward, tensor_len(x), x->data, s->y->data);
    tape_record(tape, "gelu_tanh", s->y, backward, s);
    return s->y;
}
