/* SPDX-License-Identifier: Apache-2.0 */
/* y = x s with s = sigmoid(1.702 x);  dy/dx = s + 1.702 y (1 - s). */
#include "core/math/fastmath.h"
#include "core/ops/ops.h"

static const Real SLOPE = (Real)1.702;

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void forward(int64_t n, const Real *restrict x, Real *restrict y)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) y[i] = x[i] / (1 + fast_exp(-SLOPE * x[i]));
}

static void add_gradient(int64_t n, const Real *restrict x, const Real *restrict dy,
                         Real *restrict dx)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) {
        const Real s = 1 / (1 + fast_exp(-SLOPE * x[i]));
        dx[i] += dy[i] * s * (1 + SLOPE * x[i] * (1 - s));
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    add_gradient(tensor_len(s->x), s->x->data, tape_grad(tape, s->y), tape_grad(tape, s->x));
}

Tensor *op_quick_gelu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    forward(tensor_len(x), x->data, s->y->data);
    tape_record(tape, "quick_gelu", s->y, backward, s);
    return s->y;
}
