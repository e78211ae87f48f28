/* SPDX-License-Identifier: Apache-2.0 */
/* The residual attention block. */
#include "model/clip/clip_block.h"

#include "core/error.h"

#include <stdio.h>

enum { NAME = 160, LAYERS_MAX = 1000 };

/* Bounds a size so that products of sizes fit into 64 bits. */
static bool is_size(int64_t n) { return n >= 1 && n <= 1 << 20; }

int clip_sizes_check(const ClipSizes *c, const char *what, Error *err)
{
    if (!is_size(c->width) || !is_size(c->layers) || c->layers > LAYERS_MAX ||
        !is_size(c->ffn) || !is_size(c->embed))
        return error_set(err, ERROR_DATA,
                         "%s: width %ld, %ld layers, MLP %ld, features %ld: out of range", what,
                         c->width, c->layers, c->ffn, c->embed);
    if (c->heads < 1 || c->width % c->heads)
        return error_set(err, ERROR_DATA, "%s: %ld heads: must divide the width %ld", what,
                         c->heads, c->width);
    return 0;
}

double clip_eps(const ClipSizes *c) { return c->eps > 0 ? c->eps : 1e-5; }

ClipBlock clip_block_new(ParamSet *ps, const ClipSizes *c, const char *prefix, int64_t index)
{
    const int64_t C = c->width;
    const ParamInit weight = {PARAM_NORMAL, 0.02}, zero = {PARAM_CONSTANT, 0};
    char name[NAME];
    ClipBlock m;
    snprintf(name, sizeof name, "%s.%ld", prefix, index);
    m.ln_1 = nn_norm_new(ps, C, clip_eps(c), "%s.ln_1", name);
    m.in_proj = (Linear){
        param_add(ps, weight, 2, (int64_t[]){3 * C, C}, "%s.attn.in_proj_weight", name),
        param_add(ps, zero, 1, (int64_t[]){3 * C}, "%s.attn.in_proj_bias", name)};
    m.out_proj = nn_linear_new(ps, INIT_BERT, C, C, true, "%s.attn.out_proj", name);
    m.ln_2 = nn_norm_new(ps, C, clip_eps(c), "%s.ln_2", name);
    m.c_fc = nn_linear_new(ps, INIT_BERT, C, c->ffn, true, "%s.mlp.c_fc", name);
    m.c_proj = nn_linear_new(ps, INIT_BERT, c->ffn, C, true, "%s.mlp.c_proj", name);
    return m;
}

/* x [Q, width] -> [Q, ffn] */
static Tensor *activated(Tape *t, const ClipBlock *m, const ClipSizes *c, Tensor *x)
{
    if (c->gelu) return nn_linear_gelu(t, &m->c_fc, x);
    x = nn_linear(t, &m->c_fc, x);
    return c->gelu_tanh ? op_gelu_tanh(t, x) : op_quick_gelu(t, x);
}

Tensor *clip_block(Tape *t, const ClipBlock *m, const ClipSizes *c, Tensor *x,
                   PackedSequences sequences, bool causal, int64_t Q, const int64_t *query_rows)
{
    Tensor *h = nn_linear(t, &m->in_proj, nn_norm_for_linear(t, &m->ln_1, x)); /* [R, 3C] */
    h = op_packed_attention(t, h, sequences, c->heads, causal);                /* [Q, C] */
    x = nn_linear_add(t, &m->out_proj, h, query_rows ? op_select_rows(t, x, Q, query_rows) : x);
    h = nn_norm_for_linear(t, &m->ln_2, x);
    return nn_linear_add(t, &m->c_proj, activated(t, m, c, h), x);
}
