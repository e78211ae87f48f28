/* SPDX-License-Identifier: Apache-2.0 */
/* Generalized robust loss (Chen et al. 2024). The model's own score gives the probability k(p)
 * that a negative is a missing positive, so the loss of a negative is a weighted mean of two
 * bounded losses. With p = sigmoid(x):
 *   y = 1:  -log p
 *   y = 0:  v(p) [k(p) (1 - p^q_pos) / q_pos + (1 - k(p)) (1 - (1 - p)^q_neg) / q_neg]
 *   k(p) = sigmoid(slope p + offset),   v(p) = exp(-((p - mean) / deviation)^2 / 2)
 * k and v are weights without gradient. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

/* (1 - p^q) / q, given log p. It is 1 - p for q = 1 and tends to -log p for q -> 0. */
static double bounded(double log_p, double q) { return -expm1(q * log_p) / q; }

static LossPoint element(double x, bool positive, const void *options)
{
    const GrOptions *o = options;
    const double p = loss_sigmoid(x), n = loss_sigmoid(-x);
    const double log_p = loss_log_sigmoid(x), log_n = loss_log_sigmoid(-x);
    if (positive) return (LossPoint){-log_p, -n};
    const double k = loss_sigmoid(o->slope * p + o->offset);
    const double z = (p - o->mean) / o->deviation, v = exp(-0.5 * z * z);
    return (LossPoint){
        v * (k * bounded(log_p, o->q_pos) + (1 - k) * bounded(log_n, o->q_neg)),
        v * ((1 - k) * exp(o->q_neg * log_n) * p - k * exp(o->q_pos * log_p) * n),
    };
}

Tensor *op_loss_gr(Tape *tape, Tensor *x, Tensor *y, GrOptions options)
{
    CHECK(options.q_pos > 0 && options.q_neg > 0, "q %g and %g, expected > 0", options.q_pos,
          options.q_neg);
    CHECK(options.deviation > 0, "deviation %g, expected > 0", options.deviation);
    return loss_sum(tape, "loss_gr", x, y, element, &options);
}
