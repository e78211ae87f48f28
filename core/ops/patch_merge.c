/* SPDX-License-Identifier: Apache-2.0 */
/* Concatenates the channels of 2x2 neighbors in the order of the reference: (0,0) (1,0) (0,1)
 * (1,1). */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *y;
    int64_t grid;
} Saved;

/* Index in the large map of part k (0..3) of merged token n. */
static int64_t source(int64_t grid, int64_t n, int64_t k)
{
    const int64_t half = grid / 2, row = 2 * (n / half) + k % 2, col = 2 * (n % half) + k / 2;
    return row * grid + col;
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->x->shape[0], N = s->x->shape[1] / 4, C = s->x->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++)
        for (int64_t k = 0; k < 4; k++)
            rows_add(C, dy + (4 * i + k) * C,
                     dx + (i / N * 4 * N + source(s->grid, i % N, k)) * C);
}

Tensor *op_patch_merge(Tape *tape, Tensor *x, int64_t grid)
{
    CHECK(x->ndim == 3 && grid > 0 && grid % 2 == 0 && x->shape[1] == grid * grid,
          "grid %ld with %d axes", grid, x->ndim);
    const int64_t B = x->shape[0], N = x->shape[1] / 4, C = x->shape[2];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .grid = grid};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, 4 * C}, 1, &x);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++)
        for (int64_t k = 0; k < 4; k++)
            memcpy(s->y->data + (4 * i + k) * C,
                   x->data + (i / N * 4 * N + source(grid, i % N, k)) * C,
                   (size_t)C * sizeof(Real));
    tape_record(tape, "patch_merge", s->y, backward, s);
    return s->y;
}
