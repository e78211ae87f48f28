/* SPDX-License-Identifier: Apache-2.0 */
/* The residual attention block of both CLIP towers (Radford et al. 2021; ResidualAttentionBlock
 * in model.py of the reference): x + attention(LN(x)), then x + MLP(LN(x)). */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_BLOCK_H
#define RAMPLUS_MODEL_CLIP_CLIP_BLOCK_H

#include "model/layers/nn.h"

/* Sizes that both towers have. */
typedef struct ClipSizes {
    int64_t width, layers, heads;
    int64_t ffn;    /* hidden width of the MLP; 4 * width in the published models */
    int64_t embed;  /* E: width of a feature */
    bool gelu;      /* exact GELU instead of CLIP's QuickGELU */
    bool gelu_tanh; /* its tanh approximation, as in SigLIP; then gelu is false */
    double eps;     /* of every layer norm; 0: 1e-5, as in all published models */
} ClipSizes;

typedef struct ClipBlock {
    LayerNorm ln_1, ln_2;
    Linear in_proj, out_proj, c_fc, c_proj;
} ClipBlock;

/* ERROR_DATA for sizes that do not fit together; the message starts with `what`. */
int clip_sizes_check(const ClipSizes *sizes, const char *what, Error *err);

double clip_eps(const ClipSizes *sizes);

/* Adds the parameters "PREFIX.INDEX.ln_1.weight" ... */
ClipBlock clip_block_new(ParamSet *ps, const ClipSizes *sizes, const char *prefix,
                         int64_t index);

/* x [R, width] -> [Q, width], for the query positions of the sequences. query_rows [Q] are
 * their rows of x in ascending order; NULL if all R rows are queries, in order. */
Tensor *clip_block(Tape *t, const ClipBlock *m, const ClipSizes *sizes, Tensor *x,
                   PackedSequences sequences, bool causal, int64_t Q,
                   const int64_t *query_rows);

#endif
