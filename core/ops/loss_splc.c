/* SPDX-License-Identifier: Apache-2.0 */
/* Self-paced loss correction (Zhang et al. 2021): from change_epoch on, a negative with a score
 * above tau counts as a positive that the annotators missed. The loss is focal, with a margin
 * on annotated positives. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

static LossPoint element(double x, bool positive, const void *options)
{
    const SplcOptions *o = options;
    if (positive) return loss_focal(x - o->margin, o->gamma);
    if (o->correct && loss_sigmoid(x) > o->tau) return loss_focal(x, o->gamma);
    const LossPoint mirrored = loss_focal(-x, o->gamma);
    return (LossPoint){mirrored.value, -mirrored.slope};
}

Tensor *op_loss_splc(Tape *tape, Tensor *x, Tensor *y, SplcOptions options)
{
    CHECK(options.gamma >= 0, "gamma %g, expected >= 0", options.gamma);
    CHECK(options.tau >= 0 && options.tau <= 1, "tau %g, expected [0, 1]", options.tau);
    return loss_sum(tape, "loss_splc", x, y, element, &options);
}
