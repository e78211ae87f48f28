/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's symmetric cross entropy: image i matches text i, in both directions.
 *   value = 1/(2B) sum_i (log-sum-exp of row i + log-sum-exp of column i - 2 x_ii). */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

/* Log-sum-exp of n numbers that are `stride` apart. */
static double log_sum_exp(int64_t n, const Real *x, int64_t stride)
{
    double top = (double)x[0], sum = 0;
    for (int64_t i = 1; i < n; i++) top = fmax(top, (double)x[i * stride]);
    for (int64_t i = 0; i < n; i++) sum += exp((double)x[i * stride] - top);
    return top + log(sum);
}

static void row_slopes(int64_t B, int64_t i, const Real *x, double row, const double *column,
                       Real *slope)
{
    for (int64_t j = 0; j < B; j++) {
        const double v = (double)x[j], target = i == j ? 2 : 0;
        slope[j] = (Real)((exp(v - row) + exp(v - column[j]) - target) / (2 * (double)B));
    }
}

Tensor *op_loss_ce_align(Tape *tape, Tensor *x)
{
    char shape[96];
    CHECK(x->ndim == 2 && x->shape[0] == x->shape[1], "logits %s, expected [B, B]",
          tensor_shape_text(x, shape));
    const int64_t B = x->shape[0];
    double *row = tape_alloc(tape, (size_t)B * sizeof *row);
    double *column = tape_alloc(tape, (size_t)B * sizeof *column);
    Real *slope = tape_alloc(tape, (size_t)(B * B) * sizeof *slope);
    double sum = 0;
    for (int64_t i = 0; i < B; i++) {
        row[i] = log_sum_exp(B, x->data + i * B, 1);
        column[i] = log_sum_exp(B, x->data + i, B);
        sum += row[i] + column[i] - 2 * (double)x->data[i * B + i];
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < B; i++)
        row_slopes(B, i, x->data + i * B, row[i], column, slope + i * B);
    return loss_number(tape, "loss_ce_align", x, slope, sum / (2 * (double)B));
}
