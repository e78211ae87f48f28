/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's pairwise loss with a learnable scale and bias, for captions. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

/* SigLIP's x_ij is a cosine in [-1, 1]; here x_ij is the decoder's logit of caption j for image
 * i, which is unbounded and learns its own scale and offset. The logit replaces the cosine
 * unchanged: t' and b start at SigLIP's values, so that at x = 0 almost every pair is predicted
 * as negative, as most pairs of a batch are. */
static void sigmoid_params(ParamSet *ps, const char *prefix, Tensor *out[LOSS_PARAMS])
{
    const double log_10 = 2.302585092994046;
    out[0] = param_add(ps, (ParamInit){PARAM_CONSTANT, log_10}, 1, (int64_t[]){1},
                       "%s.log_scale", prefix);
    out[1] =
        param_add(ps, (ParamInit){PARAM_CONSTANT, -10}, 1, (int64_t[]){1}, "%s.bias", prefix);
}

static Tensor *sigmoid_align(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_sigmoid(tape, in->x, in->param[0], in->param[1]);
}

const LossKind loss_sigmoid = {"sigmoid", NULL, sigmoid_align, .align_is_mean = true,
                               .params = sigmoid_params};
