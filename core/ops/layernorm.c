/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalization over the last axis. With xhat = (x - mean) rstd and g = gamma dy:
 * dx = rstd (g - mean(g) - xhat mean(g xhat)). */
#include "core/ops/layernorm.cl"

#include "core/error.h"
#include "core/math/threads.h"
#include "core/ops/column_sum.h"
#include "core/ops/linear_products.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *gamma, *beta, *y;
    Real *mean, *rstd; /* [rows] */
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    Real *dgamma = tape_grad(tape, s->gamma), *dbeta = tape_grad(tape, s->beta);
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
    const int64_t slices = column_slices(rows);
    const TapeMark mark = tape_mark(tape);
    double *part = NULL;
    if (dgamma || dbeta) part = tape_alloc(tape, (size_t)(slices * 2 * C) * sizeof *part);
    if (threads_here() == 1)
        for (int64_t i = 0; i < slices; i++)
            layernorm_backward_slice(rows, C, slices, i, s->x->data, s->gamma->data, dy,
                                     s->mean, s->rstd, is_new, dx,
                                     part ? part + i * 2 * C : NULL);
    else
        LAUNCH(layernorm_backward, rows, C, slices, s->x->data, s->gamma->data, dy, s->mean,
               s->rstd, is_new, dx, part);
    if (dgamma) column_add_parts(slices, 2 * C, C, part, dgamma);
    if (dbeta) column_add_parts(slices, 2 * C, C, part + C, dbeta);
    tape_rewind(tape, mark);
}

static Saved *new_norm(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps)
{
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    CHECK(tensor_len(gamma) == C && tensor_len(beta) == C, "gamma %ld, beta %ld, expected %ld",
          tensor_len(gamma), tensor_len(beta), C);
    CHECK(eps > 0, "eps %g", eps);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .gamma = gamma, .beta = beta};
    s->y = tape_output_of(tape, NULL, x->ndim, x->shape, 3, (Tensor *[]){x, gamma, beta});
    s->mean = tape_alloc(tape, (size_t)rows * sizeof(Real));
    s->rstd = tape_alloc(tape, (size_t)rows * sizeof(Real));
    return s;
}

/* With the result in bfloat16 alone, or not. */
static Tensor *forward(Tape *tape, Saved *s, double eps, bool half)
{
    tape_values(tape, s->y, half);
    const int64_t rows = tensor_rows(s->x), C = tensor_len(s->gamma);
    const Real *gamma = s->gamma->data, *beta = s->beta->data;
    if (threads_here() == 1)
        for (int64_t i = 0; i < rows; i++)
            layernorm_row(C, s->x->data + i * C, gamma, beta, eps,
                          s->y->data ? s->y->data + i * C : NULL,
                          s->y->half ? s->y->half + i * C : NULL, s->mean + i, s->rstd + i);
    else
        LAUNCH(layernorm_forward, rows, C, s->x->data, gamma, beta, eps, s->y->data, s->y->half,
               s->mean, s->rstd);
    tape_record(tape, "layernorm", s->y, backward, s);
    return s->y;
}

Tensor *op_layernorm(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps)
{
    return forward(tape, new_norm(tape, x, gamma, beta, eps), eps, false);
}

Tensor *op_layernorm_for_linear(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps)
{
    return forward(tape, new_norm(tape, x, gamma, beta, eps), eps, linear_keeps_half(tape));
}
