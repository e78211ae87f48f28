/* SPDX-License-Identifier: Apache-2.0 */
/* Square patches of a map of tokens as rows, in the order of a convolution's kernel. */
#include "core/ops/patchify_map.cl"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    int64_t grid, patch;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    LAUNCH(patchify_map_backward, tensor_rows(s->y), s->grid, s->patch, s->x->shape[2],
           tape_grad(tape, s->y), tape_grad(tape, s->x));
}

Tensor *op_patchify_map(Tape *tape, Tensor *x, int64_t grid, int64_t patch)
{
    CHECK(x->ndim == 3 && grid > 0 && x->shape[1] == grid * grid,
          "x has %d axes, %ld tokens, expected %ld", x->ndim, tensor_axis(x, -2),
          (grid * grid));
    CHECK(patch > 0 && grid % patch == 0, "map of %ld x %ld, patch %ld", grid, grid, patch);
    const int64_t side = grid / patch, C = x->shape[2];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .grid = grid, .patch = patch};
    s->y =
        tape_output(tape, 3, (int64_t[]){x->shape[0], side * side, C * patch * patch}, 1, &x);
    LAUNCH(patchify_map_forward, tensor_rows(s->y), grid, patch, C, x->data, s->y->data);
    tape_record(tape, "patchify_map", s->y, backward, s);
    return s->y;
}
