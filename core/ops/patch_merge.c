/* SPDX-License-Identifier: Apache-2.0 */
/* Concatenates the channels of 2x2 neighbors in the order of the reference: (0,0) (1,0) (0,1)
 * (1,1). */
#include "core/ops/patch_merge.cl"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    int64_t grid;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    bool is_new;
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    LAUNCH(patch_merge_backward, tensor_rows(s->y), s->grid, s->x->shape[2], dy, is_new, dx);
}

Tensor *op_patch_merge(Tape *tape, Tensor *x, int64_t grid)
{
    CHECK(x->ndim == 3 && grid > 0 && grid % 2 == 0 && x->shape[1] == grid * grid,
          "grid %ld with %d axes", grid, x->ndim);
    const int64_t B = x->shape[0], N = x->shape[1] / 4, C = x->shape[2];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .grid = grid};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, 4 * C}, 1, &x);
    LAUNCH(patch_merge_forward, B * N, grid, C, x->data, s->y->data);
    tape_record(tape, "patch_merge", s->y, backward, s);
    return s->y;
}
