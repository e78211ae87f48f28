/* SPDX-License-Identifier: Apache-2.0 */
/* Hill loss (Zhang et al. 2021): a focal loss with a margin for positives, and (lambda - p) p^2
 * for negatives. The slope of the latter decreases towards p = 1, where a "negative" is
 * probably a missing label. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

static LossPoint element(double x, bool positive, const void *options)
{
    const HillOptions *o = options;
    if (positive) return loss_focal(x - o->margin, o->gamma);
    const double p = loss_sigmoid(x), q = loss_sigmoid(-x);
    return (LossPoint){(o->lambda - p) * p * p, (2 * o->lambda - 3 * p) * p * p * q};
}

Tensor *op_loss_hill(Tape *tape, Tensor *x, Tensor *y, HillOptions options)
{
    CHECK(options.gamma >= 0, "gamma %g, expected >= 0", options.gamma);
    return loss_sum(tape, "loss_hill", x, y, element, &options);
}
