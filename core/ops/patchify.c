/* SPDX-License-Identifier: Apache-2.0 */
/* Non-overlapping square patches as rows, so that a convolution with stride = kernel becomes
 * op_linear. */
#include "core/ops/patchify.cl"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    int64_t patch;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    LAUNCH(patchify_backward, tensor_rows(s->y), s->x->shape[1], s->x->shape[2], s->patch,
           tape_grad(tape, s->y), tape_grad(tape, s->x));
}

Tensor *op_patchify(Tape *tape, Tensor *image, int64_t patch)
{
    CHECK(image->ndim == 4 && image->shape[2] == image->shape[3], "image has %d axes",
          image->ndim);
    CHECK(patch > 0 && image->shape[2] % patch == 0, "side %ld, patch %ld", image->shape[2],
          patch);
    const int64_t B = image->shape[0], C = image->shape[1], S = image->shape[2];
    const int64_t N = S / patch * (S / patch);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = image, .patch = patch};
    s->y = tape_output(tape, 3, (int64_t[]){B, N, C * patch * patch}, 1, &image);
    LAUNCH(patchify_forward, B * N, C, S, patch, image->data, s->y->data);
    tape_record(tape, "patchify", s->y, backward, s);
    return s->y;
}
