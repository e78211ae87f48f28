/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of the alignment decoder (Huang et al. 2023, section 3.3). */
#include "model/decoder.h"

static const double EPS = 1e-12;
#define LAYER "tagging_head.encoder.layer.%ld."

DecoderLayer decoder_layer_new(ParamSet *ps, const DecoderConfig *c, int64_t index)
{
    const int64_t C = c->hidden, E = c->text_width;
    const enum NnInit init = c->fan_in ? INIT_FAN_IN : INIT_BERT;
    DecoderLayer m;
    m.query = nn_linear_new(ps, init, C, C, true, LAYER "crossattention.self.query", index);
    m.key = nn_linear_new(ps, init, E, C, true, LAYER "crossattention.self.key", index);
    m.value = nn_linear_new(ps, init, E, C, true, LAYER "crossattention.self.value", index);
    m.dense = nn_linear_new(ps, init, C, C, true, LAYER "crossattention.output.dense", index);
    m.norm = nn_norm_new(ps, C, EPS, LAYER "crossattention.output.LayerNorm", index);
    m.intermediate =
        nn_linear_new(ps, init, C, c->ffn, true, LAYER "intermediate.dense", index);
    m.output = nn_linear_new(ps, init, c->ffn, C, true, LAYER "output.dense", index);
    m.output_norm = nn_norm_new(ps, C, EPS, LAYER "output.LayerNorm", index);
    return m;
}

Tensor *decoder_keys(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *embeds)
{
    Tensor *k = nn_linear(t, &m->key, embeds); /* [B, N, C] */
    return op_fold_keys(t, k, m->query.weight, m->query.bias, c->heads);
}

Tensor *decoder_values(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *embeds)
{
    Tensor *v = nn_linear(t, &m->value, embeds); /* [B, N, C] */
    return op_fold_values(t, v, m->dense.weight, c->heads);
}

Tensor *decoder_layer(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *x,
                      Tensor *keys, Tensor *values, DropoutRows rows)
{
    DropoutRows r1 = rows, r2 = rows;
    r1.site += 1;
    r2.site += 2;
    Tensor *h =
        op_folded_attention(t, x, keys, values, m->dense.bias, c->heads, c->dropout, rows);
    x = nn_norm(t, &m->norm, op_add(t, op_dropout(t, h, c->dropout, r1), x)); /* [B, Q, C] */
    h = nn_linear_gelu(t, &m->intermediate, x);                               /* [B, Q, ffn] */
    if (!tape_training(t) || c->dropout == 0)
        x = nn_linear_add(t, &m->output, h, x);
    else
        x = op_add(t, op_dropout(t, nn_linear(t, &m->output, h), c->dropout, r2), x);
    return nn_norm(t, &m->output_norm, x);
}
