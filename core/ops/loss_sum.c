/* SPDX-License-Identifier: Apache-2.0 */
/* The sum over elements and the tape node shared by all losses. */
#include "core/ops/loss_sum.cl"

#include "core/ops/loss_sum.h"

#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    const Real *slope; /* d value / d x, in the shape of x */
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    Real *dx = tape_grad(tape, s->x);
    if (dx) LAUNCH(loss_backward, tensor_len(s->x), s->y->grad[0], s->slope, dx);
}

Tensor *loss_number(Tape *tape, const char *op, Tensor *x, Real *slope, double value)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .slope = slope};
    s->y = tape_output(tape, 0, NULL, 1, &x);
    s->y->data[0] = (Real)value;
    tape_record(tape, op, s->y, backward, s);
    return s->y;
}

void loss_check(const Tensor *x, const Tensor *y)
{
    char a[96], b[96];
    CHECK(x->ndim == 2, "logits %s, expected [B, K]", tensor_shape_text(x, a));
    CHECK(tensor_same_shape(x, y), "targets %s, expected %s", tensor_shape_text(y, b),
          tensor_shape_text(x, a));
}

/* Fills the slopes of one row and returns the sum of its values. */
static double row_sum(int64_t K, const Real *x, const Real *y, LossElement *f,
                      const void *options, Real *slope)
{
    double sum = 0;
    for (int64_t k = 0; k < K; k++) {
        const bool positive = y[k] > 0;
        slope[k] = 0;
        if (y[k] == (Real)TARGET_UNKNOWN) continue;
        CHECK(y[k] == (Real)positive, "target %g, expected 0, 1 or -1", (double)y[k]);
        const LossPoint p = f((double)x[k], positive, options);
        sum += p.value;
        slope[k] = (Real)p.slope;
    }
    return sum;
}

Tensor *loss_sum(Tape *tape, const char *op, Tensor *x, const Tensor *y, LossElement *f,
                 const void *options)
{
    loss_check(x, y);
    const int64_t B = x->shape[0], K = x->shape[1];
    double *row = tape_alloc(tape, (size_t)B * sizeof *row);
    Real *slope = tape_alloc(tape, (size_t)(B * K) * sizeof *slope);
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < B; b++)
        row[b] = row_sum(K, x->data + b * K, y->data + b * K, f, options, slope + b * K);
    double sum = 0;
    for (int64_t b = 0; b < B; b++) sum += row[b];
    return loss_number(tape, op, x, slope, sum);
}

LossPoint loss_focal(double x, double gamma)
{
    const double p = loss_sigmoid(x), q = loss_sigmoid(-x);
    const double log_p = loss_log_sigmoid(x), weight = pow(q, gamma);
    /* dq/dx = -p q, so d q^gamma = -gamma p q^gamma; d log p = q */
    return (LossPoint){-weight * log_p, weight * (gamma * p * log_p - q)};
}
