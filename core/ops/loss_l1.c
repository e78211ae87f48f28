/* SPDX-License-Identifier: Apache-2.0 */
/* Mean absolute difference. Its slope is the sign of x - y, 0 if they are equal. */
#include "core/ops/ops.h"

#include "core/error.h"
#include "core/ops/loss_sum.h"

Tensor *op_loss_l1(Tape *tape, Tensor *x, Tensor *y)
{
    char a[96], b[96];
    CHECK(tensor_same_shape(x, y), "targets %s, expected %s", tensor_shape_text(y, a),
          tensor_shape_text(x, b));
    const int64_t n = tensor_len(x);
    Real *slope = tape_alloc(tape, (size_t)n * sizeof *slope);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = (double)x->data[i] - (double)y->data[i];
        sum += fabs(d);
        slope[i] = (Real)((d > 0) - (d < 0)) / (Real)n;
    }
    return loss_number(tape, "loss_l1", x, slope, sum / (double)n);
}
