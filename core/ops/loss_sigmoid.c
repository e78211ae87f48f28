/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's pairwise sigmoid loss: every pair of an image and a text is a binary classification.
 *   z_ij = 1 for i = j, else -1;   value = -1/B sum_ij log sigmoid(z_ij (t x_ij + b)),   t =
 * exp(t'). */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

typedef struct Saved {
    Tensor *x, *log_scale, *bias, *loss;
    Real *slope; /* [B, B] d value / d (t x + b) */
    double scale;
} Saved;

/* Returns one row's part of the value, without the factor 1/B, and fills slope [B], which
 * includes the factor. */
static double row_loss(const Saved *s, int64_t i, int64_t B)
{
    const double bias = (double)s->bias->data[0];
    double sum = 0;
    for (int64_t j = 0; j < B; j++) {
        const double z = i == j ? 1 : -1;
        const double margin = z * (s->scale * (double)s->x->data[i * B + j] + bias);
        sum -= loss_log_sigmoid(margin);
        s->slope[i * B + j] = (Real)(-z * loss_sigmoid(-margin) / (double)B);
    }
    return sum;
}

static double forward(const Saved *s, double *row, int64_t B)
{
    double sum = 0;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B; i++) row[i] = row_loss(s, i, B);
    for (int64_t i = 0; i < B; i++) sum += row[i];
    return sum / (double)B;
}

static void backward_x(const Saved *s, Real *restrict dx)
{
    const int64_t n = tensor_len(s->x);
    const Real factor = s->loss->grad[0] * (Real)s->scale;
    const Real *restrict slope = s->slope;
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) dx[i] += factor * slope[i];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const double dloss = (double)s->loss->grad[0];
    Real *dx = tape_grad(tape, s->x), *dt = tape_grad(tape, s->log_scale),
         *db = tape_grad(tape, s->bias);
    double by_x = 0, sum = 0;
    for (int64_t i = 0; i < tensor_len(s->x); i++) {
        by_x += (double)s->slope[i] * (double)s->x->data[i];
        sum += (double)s->slope[i];
    }
    if (dx) backward_x(s, dx);
    if (dt) dt[0] += (Real)(dloss * s->scale * by_x);
    if (db) db[0] += (Real)(dloss * sum);
}

Tensor *op_loss_sigmoid(Tape *tape, Tensor *x, Tensor *log_scale, Tensor *bias)
{
    char shape[96];
    CHECK(x->ndim == 2 && x->shape[0] == x->shape[1], "logits %s, expected [B, B]",
          tensor_shape_text(x, shape));
    CHECK(tensor_len(log_scale) == 1 && tensor_len(bias) == 1, "scale %s, expected [1]",
          tensor_shape_text(log_scale, shape));
    const int64_t B = x->shape[0];
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .log_scale = log_scale, .bias = bias};
    s->scale = exp((double)log_scale->data[0]);
    s->slope = tape_alloc(tape, (size_t)(B * B) * sizeof *s->slope);
    double *row = tape_alloc(tape, (size_t)B * sizeof *row);
    s->loss = tape_output(tape, 0, NULL, 3, (Tensor *[]){x, log_scale, bias});
    s->loss->data[0] = (Real)forward(s, row, B);
    tape_record(tape, "loss_sigmoid", s->loss, backward, s);
    return s->loss;
}
