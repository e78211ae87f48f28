/* SPDX-License-Identifier: Apache-2.0 */
/* y = a + b. */
#include "core/ops/add.cl"

#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/add.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *a, *b, *y;
} Saved;

static void add_gradient(Tape *tape, Tensor *y, Tensor *x)
{
    bool is_new;
    const Real *dy = tape_grad(tape, y);
    Real *dx = tape_grad_new(tape, x, &is_new);
    if (is_new)
        rows_copy(tensor_len(y), dy, dx);
    else if (dx)
        rows_add(tensor_len(y), dy, dx);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    add_gradient(tape, s->y, s->b);
    if (!tape_grad_pass(tape, s->y, s->a)) add_gradient(tape, s->y, s->a);
}

Tensor *add_of(Tape *tape, Tensor *a, Tensor *b, Real *y)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.a = a, .b = b};
    s->y = tape_output_of(tape, y, a->ndim, a->shape, 2, (Tensor *[]){a, b});
    tape_record(tape, "add", s->y, backward, s);
    return s->y;
}

Tensor *op_add(Tape *tape, Tensor *a, Tensor *b)
{
    char at[96], bt[96];
    CHECK(tensor_same_shape(a, b), "a %s, b %s", tensor_shape_text(a, at),
          tensor_shape_text(b, bt));
    Real *y = tape_alloc(tape, (size_t)tensor_len(a) * sizeof *y);
    LAUNCH(add_forward, tensor_len(a), a->data, b->data, y);
    return add_of(tape, a, b, y);
}
