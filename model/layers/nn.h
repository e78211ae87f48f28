/* SPDX-License-Identifier: Apache-2.0 */
/* The two layers everything is made of, with the reference's parameter names. */
#ifndef RAMPLUS_MODEL_LAYERS_NN_H
#define RAMPLUS_MODEL_LAYERS_NN_H

#include "core/autograd/param.h"
#include "core/ops/ops.h"

typedef struct Linear {
    Tensor *weight; /* [out, in] */
    Tensor *bias;   /* [out] or NULL */
} Linear;

typedef struct LayerNorm {
    Tensor *weight, *bias; /* [C] */
    double eps;
} LayerNorm;

enum NnInit {
    NN_SWIN,     /* weight truncated normal 0.02, bias 0 */
    NN_BERT,     /* weight normal 0.02, bias 0 */
    NN_UNIFORM,  /* PyTorch's default: weight and bias uniform +-1/sqrt(in) */
    NN_BALANCED, /* weight normal 1/sqrt(in), bias 0: keeps the variance of its input */
    INIT_SMALL_RESIDUAL, /* weight normal 0.3/sqrt(in), bias 0: residual branches that start small and attend
                    nearly evenly */
    INIT_RARE_PRIOR, /* weight normal 1/sqrt(in), bias -3: logits of tags that few images have (Lin et
                    al. 2017, section 4.1) */
    INIT_UNIT_VARIANCE, /* weight normal 1, bias 0: turns a unit vector into numbers of variance 1 */
};

/* Adds NAME.weight and, when wanted, NAME.bias. */
Linear nn_linear_new(ParamSet *ps, enum NnInit init, int64_t in, int64_t out, bool bias,
                     const char *name, ...) __attribute__((format(printf, 6, 7)));
Tensor *nn_linear(Tape *tape, const Linear *m, Tensor *x);

/* Adds NAME.weight (1) and NAME.bias (0). */
LayerNorm nn_norm_new(ParamSet *ps, int64_t C, double eps, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
Tensor *nn_norm(Tape *tape, const LayerNorm *m, Tensor *x);

/* B sequences of T consecutive rows, whose first `asking` positions ask; in the tape's arena. */
PackedSequences nn_sequences(Tape *tape, int64_t B, int64_t T, int64_t asking);

/* Stochastic depth of block i: rises linearly from 0 to `last` in the last of all blocks (Huang et al. 2016). */
double nn_drop_path(double last, int64_t i, int64_t blocks);

#endif
