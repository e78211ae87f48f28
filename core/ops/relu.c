/* SPDX-License-Identifier: Apache-2.0 */
/* y = max(x, 0); the gradient at 0 is 0. NaN stays NaN, so that the training step detects
 * it. */
#include "core/ops/relu.cl"

#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    LAUNCH(relu_backward, tensor_len(s->x), s->x->data, tape_grad(tape, s->y),
           tape_grad(tape, s->x));
}

Tensor *op_relu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    LAUNCH(relu_forward, tensor_len(x), x->data, s->y->data);
    tape_record(tape, "relu", s->y, backward, s);
    return s->y;
}
