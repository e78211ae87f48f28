/* SPDX-License-Identifier: Apache-2.0 */
/* Square patches of a map of tokens as rows, in the order of a convolution's kernel. */
#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    int64_t grid, patch;
} Saved;

/* Index in x of element e of patch n, counted over the batch. */
static int64_t source(const Saved *s, int64_t n, int64_t e)
{
    const int64_t p = s->patch, side = s->grid / p, C = s->x->shape[2];
    const int64_t c = e / (p * p), i = e / p % p, j = e % p;
    const int64_t b = n / (side * side), row = n / side % side * p + i, col = n % side * p + j;
    return ((b * s->grid + row) * s->grid + col) * C + c;
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t rows = tensor_rows(s->y), E = s->y->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < rows; n++)
        for (int64_t e = 0; e < E; e++) dx[source(s, n, e)] += dy[n * E + e];
}

Tensor *op_patchify_map(Tape *tape, Tensor *x, int64_t grid, int64_t patch)
{
    CHECK(x->ndim == 3 && grid > 0 && x->shape[1] == grid * grid,
          "x has %d axes, %ld tokens, expected %ld", x->ndim, tensor_axis(x, -2),
          (grid * grid));
    CHECK(patch > 0 && grid % patch == 0, "map of %ld x %ld, patch %ld", grid, grid, patch);
    const int64_t side = grid / patch, E = x->shape[2] * patch * patch;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .grid = grid, .patch = patch};
    s->y = tape_output(tape, 3, (int64_t[]){x->shape[0], side * side, E}, 1, &x);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < tensor_rows(s->y); n++)
        for (int64_t e = 0; e < E; e++) s->y->data[n * E + e] = x->data[source(s, n, e)];
    tape_record(tape, "patchify_map", s->y, backward, s);
    return s->y;
}
