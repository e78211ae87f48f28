/* SPDX-License-Identifier: Apache-2.0 */
/* The first token of every image. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->x->shape[0], N = s->x->shape[1], C = s->x->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
    for (int64_t b = 0; b < B; b++) rows_add(C, dy + b * C, dx + b * N * C);
}

Tensor *op_first_token(Tape *tape, Tensor *x)
{
    CHECK(x->ndim == 3, "x has %d axes", x->ndim);
    const int64_t B = x->shape[0], N = x->shape[1], C = x->shape[2];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x};
    s->y = tape_output(tape, 2, (int64_t[]){B, C}, 1, &x);
    for (int64_t b = 0; b < B; b++)
        memcpy(s->y->data + b * C, x->data + b * N * C, (size_t)C * sizeof(Real));
    tape_record(tape, "first_token", s->y, backward, s);
    return s->y;
}
