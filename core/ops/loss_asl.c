/* SPDX-License-Identifier: Apache-2.0 */
/* Asymmetric loss (Ridnik et al. 2021, eq. 7): cross entropy with the probabilities of
 * negatives shifted down by `clip`, times a focusing weight (1 - pt)^gamma. The reference stops
 * the gradient at the weight; focal_grad propagates it. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

static const double FLOOR = 1e-8; /* minimum of the probability inside the logarithm */

/* Puts the weight and its derivative to the base of an element. */
static LossPoint weighted(LossPoint base, double weight, double dweight, bool focal_grad)
{
    const double through = focal_grad ? base.value * dweight : 0;
    return (LossPoint){base.value * weight, base.slope * weight + through};
}

static LossPoint positive_element(double x, const AslOptions *o)
{
    const double p = loss_sigmoid(x), q = loss_sigmoid(-x), weight = pow(q, o->gamma_pos);
    const bool floored = p < FLOOR;
    const LossPoint base = {floored ? -log(FLOOR) : -loss_log_sigmoid(x), floored ? 0 : -q};
    return weighted(base, weight, -o->gamma_pos * p * weight, o->focal_grad);
}

/* Where p <= clip, the value and the gradient are exactly zero, so the backward can skip such
 * rows. */
static LossPoint negative_element(double x, const AslOptions *o)
{
    const double p = loss_sigmoid(x), q = loss_sigmoid(-x), left = p - o->clip;
    if (left <= 0) return (LossPoint){0, 0};
    const double shifted = q + o->clip; /* p- = 1 - left, without its cancellation near 0 */
    const double log_shifted = left < 0.5 ? log1p(-left) : log(shifted);
    const bool floored = shifted < FLOOR;
    const LossPoint base = {floored ? -log(FLOOR) : -log_shifted,
                            floored ? 0 : p * q / shifted};
    const double weight = pow(left, o->gamma_neg);
    return weighted(base, weight, o->gamma_neg * weight * (p / left) * q, o->focal_grad);
}

static LossPoint element(double x, bool positive, const void *options)
{
    return positive ? positive_element(x, options) : negative_element(x, options);
}

Tensor *op_loss_asl(Tape *tape, Tensor *x, Tensor *y, AslOptions options)
{
    CHECK(options.clip >= 0 && options.clip < 1, "clip %g, expected [0, 1)", options.clip);
    CHECK(options.gamma_neg >= 0 && options.gamma_pos >= 0,
          "gamma- %g, gamma+ %g, expected >= 0", options.gamma_neg, options.gamma_pos);
    return loss_sum(tape, "loss_asl", x, y, element, &options);
}
