/* SPDX-License-Identifier: Apache-2.0 */
/* Some rows of a matrix. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    const int64_t *index; /* [rows of y], ascending: each row of dx is written once */
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    rows_scatter_add(s->y->shape[0], s->y->shape[1], s->index, tape_grad(tape, s->y),
                     tape_grad(tape, s->x));
}

Tensor *op_select_rows(Tape *tape, Tensor *x, int64_t n, const int64_t *index)
{
    CHECK(x->ndim >= 1 && n > 0, "x has %d axes, %ld rows asked for", x->ndim, n);
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    for (int64_t i = 0; i < n; i++)
        CHECK(index[i] > (i > 0 ? index[i - 1] : -1) && index[i] < rows,
              "index %ld is %ld of %ld rows: must rise", i, index[i], rows);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .index = index};
    s->y = tape_output(tape, 2, (int64_t[]){n, C}, 1, &x);
    rows_gather(n, C, index, x->data, s->y->data);
    tape_record(tape, "select_rows", s->y, backward, s);
    return s->y;
}
