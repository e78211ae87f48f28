/* SPDX-License-Identifier: Apache-2.0 */
/* Non-overlapping square patches as rows, so that a convolution with stride = kernel becomes
 * op_linear. */
#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    int64_t patch;
} Saved;

/* Index in the image of element e of patch n. */
static int64_t source(const Saved *s, int64_t n, int64_t e)
{
    const int64_t p = s->patch, S = s->x->shape[2], side = S / p;
    const int64_t c = e / (p * p), i = e / p % p, j = e % p;
    return (c * S + n / side * p + i) * S + n % side * p + j;
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t B = s->y->shape[0], N = s->y->shape[1], E = s->y->shape[2];
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
    for (int64_t b = 0; b < B; b++)
        for (int64_t n = 0; n < N; n++)
            for (int64_t e = 0; e < E; e++)
                dx[b * N * E + source(s, n, e)] += dy[(b * N + n) * E + e];
}

Tensor *op_patchify(Tape *tape, Tensor *image, int64_t patch)
{
    CHECK(image->ndim == 4 && image->shape[2] == image->shape[3], "image has %d axes",
          image->ndim);
    CHECK(patch > 0 && image->shape[2] % patch == 0, "side %ld, patch %ld", image->shape[2],
          patch);
    const int64_t B = image->shape[0], side = image->shape[2] / patch, N = side * side;
    const int64_t E = image->shape[1] * patch * patch;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = image, .patch = patch};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, E}, 1, &image);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B * N; i++)
        for (int64_t e = 0; e < E; e++)
            s->y->data[i * E + e] = image->data[i / N * N * E + source(s, i % N, e)];
    tape_record(tape, "patchify", s->y, backward, s);
    return s->y;
}
