/* SPDX-License-Identifier: Apache-2.0 */
/* Binary cross entropy on logits: -log sigmoid(x) for positives, -log sigmoid(-x) for
 * negatives. */
#include "core/ops/ops.h"

#include "core/ops/loss_sum.h"

static LossPoint element(double x, bool positive, const void *options)
{
    (void)options;
    if (positive) return (LossPoint){-loss_log_sigmoid(x), -loss_sigmoid(-x)};
    return (LossPoint){-loss_log_sigmoid(-x), loss_sigmoid(x)};
}

Tensor *op_loss_bce(Tape *tape, Tensor *x, Tensor *y)
{
    return loss_sum(tape, "loss_bce", x, y, element, NULL);
}
