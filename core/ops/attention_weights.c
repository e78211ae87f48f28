/* SPDX-License-Identifier: Apache-2.0 */
/* The probabilities of op_folded_attention for display: no gradient, no dropout. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/math/softmax.h"
#include "core/ops/folded_scores.h"
#include "core/ops/ops.h"

/* y [N] = mean over the heads of softmax(s [h, N]). */
static void mean_of_heads(int64_t h, int64_t N, Real *s, Real *y)
{
    for (int64_t n = 0; n < N; n++) y[n] = 0;
    softmax_rows(h, N, N, s);
    for (int64_t a = 0; a < h; a++) rows_add(N, s + a * N, y);
    for (int64_t n = 0; n < N; n++) y[n] /= (Real)h;
}

Tensor *op_attention_weights(Tape *tape, Tensor *x, Tensor *keys, int64_t heads)
{
    char a[96], b[96];
    CHECK(x->ndim == 3 && keys->ndim == 3 && keys->shape[0] == x->shape[0] &&
              keys->shape[2] == x->shape[2] + 1,
          "x %s, keys %s", tensor_shape_text(x, a), tensor_shape_text(keys, b));
    CHECK(heads > 0 && keys->shape[1] % heads == 0, "%ld folded rows, %ld heads",
          keys->shape[1], heads);
    const int64_t B = x->shape[0], Q = x->shape[1], C = x->shape[2];
    const int64_t HN = keys->shape[1], N = HN / heads;
    Tensor *y = tape_tensor(tape, 3, (int64_t[]){B, Q, N});
    const TapeMark mark = tape_mark(tape);
    Real *s = tape_alloc(tape, (size_t)(Q * HN) * sizeof *s);
    for (int64_t i = 0; i < B; i++) {
        folded_scores(Q, C, HN, x->data + i * Q * C, keys->data + i * HN * (C + 1), s);
        for (int64_t q = 0; q < Q; q++)
            mean_of_heads(heads, N, s + q * HN, y->data + (i * Q + q) * N);
    }
    tape_rewind(tape, mark);
    return y;
}
