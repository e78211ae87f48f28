/* SPDX-License-Identifier: Apache-2.0 */
/* Linear layers and layer normalization, with the reference's parameter names. */
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

/* Initial values of a linear layer with `in` inputs. */
enum NnInit {
    INIT_SWIN,    /* weight truncated normal with std 0.02, bias 0 */
    INIT_BERT,    /* weight normal with std 0.02, bias 0 */
    INIT_UNIFORM, /* PyTorch's default: weight and bias uniform in +-1/sqrt(in) */
    INIT_FAN_IN,  /* weight normal with std 1/sqrt(in), bias 0: keeps the variance */
    /* Weight normal with std 0.3/sqrt(in), bias 0: residual branches that start small, and
     * attention that starts nearly uniform. */
    INIT_SMALL_RESIDUAL,
    /* Weight normal with std 1/sqrt(in), bias -3: logits of tags that are rare (Lin et al.
     * 2017, section 4.1). */
    INIT_RARE_PRIOR,
    /* Weight normal with std 1, bias 0: maps a unit vector to numbers of variance 1. */
    INIT_UNIT_VARIANCE,
};

/* Adds NAME.weight and, if `bias`, NAME.bias. */
Linear nn_linear_new(ParamSet *ps, enum NnInit init, int64_t in, int64_t out, bool bias,
                     const char *name, ...) __attribute__((format(printf, 6, 7)));
Tensor *nn_linear(Tape *tape, const Linear *m, Tensor *x);
Tensor *nn_linear_half(Tape *tape, const Linear *m, Tensor *x); /* for op_window_attention */
Tensor *nn_linear_gelu(Tape *tape, const Linear *m, Tensor *x); /* then GELU */
/* other + m(x) */
Tensor *nn_linear_add(Tape *tape, const Linear *m, Tensor *x, Tensor *other);
/* other + m(x), with stochastic depth of m(x) (op_drop_path). */
Tensor *nn_branch(Tape *tape, const Linear *m, Tensor *x, Tensor *other, double p,
                  uint64_t site);

/* Adds NAME.weight (1) and NAME.bias (0). */
LayerNorm nn_norm_new(ParamSet *ps, int64_t C, double eps, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
Tensor *nn_norm(Tape *tape, const LayerNorm *m, Tensor *x);
Tensor *nn_norm_for_linear(Tape *tape, const LayerNorm *m,
                           Tensor *x); /* which alone reads it */

/* B sequences of T consecutive rows, of which the first `queries` positions are queries. Memory
 * of the tape's arena. */
PackedSequences nn_sequences(Tape *tape, int64_t B, int64_t T, int64_t queries);

/* Drop probability of block i in stochastic depth: rises linearly from 0 in the first block to
 * `last` in the last one (Huang et al. 2016). */
double nn_drop_path(double last, int64_t i, int64_t blocks);

#endif
