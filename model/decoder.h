/* SPDX-License-Identifier: Apache-2.0 */
/* The alignment decoder: cross-attention layers without self-attention, so that every query is
 * independent of every other one (BERT names of the reference, bert.py with self-attention
 * removed). Deliberate difference: query and output projections are folded into the keys and
 * values, which are few. */
#ifndef RAMPLUS_MODEL_DECODER_H
#define RAMPLUS_MODEL_DECODER_H

#include "model/layers/nn.h"

typedef struct DecoderConfig {
    int64_t text_width, hidden, heads, ffn, layers;
    double dropout;
    bool fan_in; /* initial weights keep the variance, see RamPlusConfig */
} DecoderConfig;

typedef struct DecoderLayer {
    Linear query, key, value, dense; /* cross-attention */
    LayerNorm norm;
    Linear intermediate, output; /* feed-forward */
    LayerNorm output_norm;
} DecoderLayer;

/* Adds the parameters of layer `index` to ps, under the reference's names. */
DecoderLayer decoder_layer_new(ParamSet *ps, const DecoderConfig *c, int64_t index);

/* Keys [B, h*N, hidden + 1] and values [B, h*N, hidden] of one layer from image_embeds [B, N,
 * E]. */
Tensor *decoder_keys(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *embeds);
Tensor *decoder_values(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *embeds);

/* One layer: queries x [B, Q, hidden] -> the same shape. rows.site is the first of the layer's
 * 3 dropout sites. */
Tensor *decoder_layer(Tape *t, const DecoderLayer *m, const DecoderConfig *c, Tensor *x,
                      Tensor *keys, Tensor *values, DropoutRows rows);

#endif
