/* SPDX-License-Identifier: Apache-2.0 */
/* Binary cross entropy, for tags and for captions. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

static Tensor *bce(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_bce(tape, in->x, in->y);
}

const LossKind loss_bce = {"bce", bce, bce, .options = NULL};
