/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout (Srivastava et al. 2014), inverted scaling. */
#include "core/ops/dropout.cl"

#include "core/error.h"
#include "core/ops/dropout_mask.h"

typedef struct Saved {
    Tensor *x, *y;
    DropoutMask mask;
} Saved;

static void apply(const Saved *s, const Real *from, Real *to, bool add)
{
    const int64_t Q = s->x->shape[1], C = s->x->shape[2];
    LAUNCH(dropout, s->x->shape[0] * Q, Q, C, s->mask, from, to, add);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    apply(s, tape_grad(tape, s->y), dx, !is_new);
}

Tensor *op_dropout(Tape *tape, Tensor *x, double p, DropoutRows rows)
{
    CHECK(x->ndim == 3, "x has %d axes, expected [B, Q, C]", x->ndim);
    CHECK(p >= 0 && p < 1, "p is %g", p);
    if (!tape_training(tape) || p == 0) return x;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .mask = dropout_mask(tape, p, x->shape[1], rows)};
    s->y = tape_output(tape, 3, x->shape, 1, &x);
    apply(s, x->data, s->y->data, false);
    tape_record(tape, "dropout", s->y, backward, s);
    return s->y;
}
