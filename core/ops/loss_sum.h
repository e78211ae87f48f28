/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the losses, private to core/ops: a single number whose derivative with respect to
 * every logit is known as soon as the forward has run. Elements are computed in double. */
#ifndef RAMPLUS_CORE_OPS_LOSS_SUM_H
#define RAMPLUS_CORE_OPS_LOSS_SUM_H

#include "core/autograd/tape.h"

/* Value and derivative with respect to x of one element. */
typedef struct LossPoint {
    double value, slope;
} LossPoint;

typedef LossPoint LossElement(double x, bool positive, const void *options);

/* Sum of f over x [B, K] with targets y [B, K] in {0, 1} -> []; TARGET_UNKNOWN adds nothing and
 * has the slope 0, and any other target is a bug. Summed in double, each row from left to
 * right, then the rows: the same bits for any number of threads. */
Tensor *loss_sum(Tape *tape, const char *op, Tensor *x, const Tensor *y, LossElement *f,
                 const void *options);

/* The node under every loss: a single number `value`, and backward dx += slope * dvalue.
 * slope [len of x] lives in the arena. */
Tensor *loss_number(Tape *tape, const char *op, Tensor *x, Real *slope, double value);

/* CHECKs that x is [B, K] and that y has its shape. */
void loss_check(const Tensor *x, const Tensor *y);

/* -(1 - p)^gamma log p with p = sigmoid(x), the gradient going through the weight (Lin et al.
 * 2017). The other half, for a negative at x, is the mirror image: that of -x, its slope
 * negated. */
LossPoint loss_focal(double x, double gamma);

static inline double loss_sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* log sigmoid(x), exact for any x. */
static inline double loss_log_sigmoid(double x) { return fmin(x, 0) - log1p(exp(-fabs(x))); }

#endif
