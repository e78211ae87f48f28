/* SPDX-License-Identifier: Apache-2.0 */
/* y = max(x, 0); the gradient at 0 is 0. NaN stays NaN, so that the training step detects
 * it. */
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void forward(int64_t n, const Real *restrict x, Real *restrict y)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

static void add_gradient(int64_t n, const Real *restrict x, const Real *restrict dy,
                         Real *restrict dx)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) dx[i] += x[i] <= 0 ? 0 : dy[i];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    add_gradient(tensor_len(s->x), s->x->data, tape_grad(tape, s->y), tape_grad(tape, s->x));
}

Tensor *op_relu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    forward(tensor_len(x), x->data, s->y->data);
    tape_record(tape, "relu", s->y, backward, s);
    return s->y;
}
