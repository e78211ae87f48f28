/* SPDX-License-Identifier: Apache-2.0 */
/* y = x Phi(x);  dy/dx = Phi(x) + x phi(x). */
#include "core/ops/gelu.cl"

#include "core/error.h"
#include "core/math/threads.h"
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

Tensor *op_gelu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    LAUNCH(gelu_forward, tensor_len(x), x->data, s->y->data);
    tape_record(tape, "gelu", s->y, backward, s);
    return s->y;
}

/* ---- with derivatives that the forward has left ---- */

typedef struct SavedSlope {
    Tensor *x, *y;
    const Real *slope;
    const uint16_t *half;
} SavedSlope;

/* The gradient of y becomes that of x in its own memory. */
static void backward_slope(Tape *tape, void *saved)
{
    const SavedSlope *s = saved;
    const int64_t M = tensor_rows(s->x), N = tensor_len(s->x) / M;
    CHECK(tape_grad_pass(tape, s->y, s->x), "a layer that is read by more than GELU");
    Real *dx = tape_grad(tape, s->x);
    if (threads_here() == 1)
        for (int64_t m = 0; m < M; m++)
            gelu_scale_row(N, s->slope ? s->slope + m * N : NULL,
                           s->half ? s->half + m * N : NULL, dx + m * N);
    else
        LAUNCH(gelu_scale, M, N, s->slope, s->half, dx);
}

Tensor *gelu_of(Tape *tape, Tensor *x, GeluValues values)
{
    SavedSlope *s = tape_alloc(tape, sizeof *s);
    *s = (SavedSlope){.x = x, .slope = values.slope, .half = values.half_slope};
    s->y = tape_output_of(tape, values.y, x->ndim, x->shape, 1, &x);
    s->y->half = values.half;
    tape_record(tape, "gelu", s->y, backward_slope, s);
    return s->y;
}
