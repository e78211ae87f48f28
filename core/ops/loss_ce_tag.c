/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross entropy over tags against y / sum(y). The caller gives the normalizer of each
 * row, so that tags can be processed in tiles: each tile adds its part of the value and has its
 * complete gradient. Unknown targets are no part of the softmax. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

/* One image with tags: value sum_k t_k (lse - x_k), slope softmax_k - t_k, with t = y /
 * y_sum. */
static double row_loss(int64_t K, const Real *x, const Real *y, double y_sum, double lse,
                       Real *slope)
{
    double sum = 0;
    for (int64_t k = 0; k < K; k++) {
        slope[k] = 0;
        if (y[k] == (Real)TARGET_UNKNOWN) continue;
        const double log_p = (double)x[k] - lse, t = (double)y[k] / y_sum;
        if (t > 0) sum -= t * log_p;
        slope[k] = (Real)(exp(log_p) - t);
    }
    return sum;
}

static double row_zero(int64_t K, Real *slope)
{
    for (int64_t k = 0; k < K; k++) slope[k] = 0;
    return 0;
}

Tensor *op_loss_ce_tag(Tape *tape, Tensor *x, Tensor *y, const double *y_sum, const double *lse)
{
    loss_check(x, y);
    const int64_t B = x->shape[0], K = x->shape[1];
    double *row = tape_alloc(tape, (size_t)B * sizeof *row);
    Real *slope = tape_alloc(tape, (size_t)(B * K) * sizeof *slope);
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < B; b++) {
        CHECK(y_sum[b] >= 0, "image %ld has %g tags", b, y_sum[b]);
        row[b] = y_sum[b] > 0 ? row_loss(K, x->data + b * K, y->data + b * K, y_sum[b], lse[b],
                                         slope + b * K)
                              : row_zero(K, slope + b * K);
    }
    double sum = 0;
    for (int64_t b = 0; b < B; b++) sum += row[b];
    return loss_number(tape, "loss_ce_tag", x, slope, sum);
}
