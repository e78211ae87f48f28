/* SPDX-License-Identifier: Apache-2.0 */
/* One factor per channel. */
#include "core/ops/layer_scale.cl"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *gamma, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dgamma = tape_grad(tape, s->gamma);
    if (dx) LAUNCH(layer_scale_backward, rows, C, s->gamma->data, dy, dx);
    if (dgamma) LAUNCH(layer_scale_gamma, rows, C, s->x->data, dy, dgamma);
}

Tensor *op_layer_scale(Tape *tape, Tensor *x, Tensor *gamma)
{
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    CHECK(tensor_len(gamma) == C, "gamma has %ld elements, expected %ld", tensor_len(gamma), C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .gamma = gamma};
    s->y = tape_output(tape, x->ndim, x->shape, 2, (Tensor *[]){x, gamma});
    LAUNCH(layer_scale_forward, rows, C, x->data, gamma->data, s->y->data);
    tape_record(tape, "layer_scale", s->y, backward, s);
    return s->y;
}
