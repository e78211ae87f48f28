/* SPDX-License-Identifier: Apache-2.0 */
/* Cosines as logits. */
#include "eval/dot.h"

#include "core/error.h"
#include "core/math/gemm.h"

#include <math.h>

static double logit_of(double cosine, const DotRule *r)
{
    const double most = 1 - 1e-9;
    if (r->logit == DOT_SCALED) return r->scale * cosine + r->bias;
    return 2 * atanh(cosine > most ? most : cosine < -most ? -most : cosine);
}

Tensor *dot_logits(Tape *t, const Tensor *feature, const Tensor *text, DotRule rule)
{
    const int64_t B = feature->shape[0], E = feature->shape[1], K = text->shape[0];
    CHECK(text->shape[1] == E, "texts of width %ld, images of %ld", text->shape[1], E);
    Tensor *y = tape_tensor(t, 2, (int64_t[]){B, K});
    gemm(B, K, E, 1, (Matrix){feature->data, E, false}, (Matrix){text->data, E, true}, 0,
         y->data, K);
    for (int64_t i = 0; i < B * K; i++) y->data[i] = (Real)logit_of((double)y->data[i], &rule);
    return y;
}
