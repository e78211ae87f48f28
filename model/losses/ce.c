/* SPDX-License-Identifier: Apache-2.0 */
/* Cross entropy over all tags of an image, or over all captions and images of a batch. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

static Tensor *ce_tag(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_ce_tag(tape, in->x, in->y, in->y_sum, in->lse);
}

static Tensor *ce_align(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_ce_align(tape, in->x);
}

const LossKind loss_ce = {"ce", ce_tag, ce_align, .is_normalized = true, .align_is_mean = true};
