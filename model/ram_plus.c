/* SPDX-License-Identifier: Apache-2.0 */
/* RAM++ (Huang et al. 2023; ram_plus.py of the reference). Deliberate differences: keys and
 * values are projected once per image for tags and captions together, and tags are decoded in
 * tiles. */
#include "model/ram_plus.h"

#include "core/mem.h"
#include "model/ram_plus_parts.h"

#include <math.h>

/* Dropout sites: each layer uses 3; tags and captions draw from different sites. */
enum { SITES_PER_LAYER = 3, SITES_OF_TEXT = 1000 };

int ram_plus_check(const RamPlusConfig *c, Error *err)
{
    if (backbone_check(&c->encoder, err) != 0) return -1;
    if (c->layers < 1 || c->layers > RAM_PLUS_MAX_LAYERS)
        return error_set(err, ERROR_USAGE, "model.layers: %ld: must be 1 to %d", c->layers,
                         RAM_PLUS_MAX_LAYERS);
    if (c->text_width < 1 || c->hidden < 1 || c->ffn < 1 || c->heads < 1 ||
        c->hidden % c->heads)
        return error_set(err, ERROR_USAGE,
                         "model: hidden %ld, %ld heads, ffn %ld, text_width %ld: all positive, "
                         "and heads must divide hidden",
                         c->hidden, c->heads, c->ffn, c->text_width);
    if (!(c->dropout >= 0 && c->dropout < 1))
        return error_set(err, ERROR_USAGE, "model.dropout: %g: must be in [0, 1)", c->dropout);
    return 0;
}

static void encoder_new(RamPlus *m, ParamSet *ps)
{
    BackboneConfig *c = &m->config.encoder;
    c->fan_in = m->config.fan_in;
    m->encoder = c->kind->new (c, ps, "visual_encoder");
    m->shape = c->kind->shape(m->encoder);
    c->options = NULL; /* they were borrowed for new */
}

RamPlus *ram_plus_new(const RamPlusConfig *c, ParamSet *ps)
{
    CHECK(ram_plus_check(c, NULL) == 0, "sizes do not fit: call ram_plus_check first");
    RamPlus *m = mem_calloc(1, sizeof *m);
    m->config = *c;
    const enum NnInit start = c->fan_in ? INIT_FAN_IN : INIT_UNIFORM;
    m->decoder = (DecoderConfig){c->text_width, c->hidden,  c->heads, c->ffn,
                                 c->layers,     c->dropout, c->fan_in};
    encoder_new(m, ps);
    m->image_proj =
        nn_linear_new(ps, start, m->shape.channels, c->text_width, true, "image_proj");
    m->reweight_scale =
        param_add(ps, (ParamInit){PARAM_CONSTANT, log(1 / 0.07)}, 0, NULL, "reweight_scale");
    ps->param[ps->count - 1]->optional = c->reweight != REWEIGHT_AUTO;
    if (c->word_proj || c->hidden != c->text_width)
        m->wordvec_proj = nn_linear_new(ps, c->fan_in ? INIT_UNIT_VARIANCE : INIT_UNIFORM,
                                        c->text_width, c->hidden, true, "wordvec_proj");
    for (int64_t i = 0; i < c->layers; i++) m->layer[i] = decoder_layer_new(ps, &m->decoder, i);
    m->fc =
        nn_linear_new(ps, c->fan_in ? INIT_RARE_PRIOR : INIT_UNIFORM, c->hidden, 1, true, "fc");
    return m;
}

void ram_plus_free(RamPlus *m)
{
    if (!m) return;
    m->config.encoder.kind->free(m->encoder);
    mem_free(m);
}

const RamPlusConfig *ram_plus_config(const RamPlus *m) { return &m->config; }

BackboneShape ram_plus_shape(const RamPlus *m) { return m->shape; }

/* The first token of every image: x [B, N, C] -> [B, C]. */
static Tensor *first_tokens(Tape *t, Tensor *x)
{
    const PackedSequences first = nn_sequences(t, x->shape[0], x->shape[1], 1);
    return op_select_rows(t, x, first.count, first.offset);
}

RamPlusImage ram_plus_image(Tape *t, const RamPlus *m, Tensor *image)
{
    RamPlusImage r;
    r.features = m->config.encoder.kind->forward(t, m->encoder, image); /* [B, 1+N, C] */
    r.image_embeds = nn_linear(t, &m->image_proj, r.features);          /* [B, 1+N, E] */
    r.cls = first_tokens(t, r.image_embeds);                            /* [B, E] */
    r.unit = op_normalize(t, r.cls);
    for (int64_t i = 0; i < m->config.layers; i++) {
        r.keys[i] = decoder_keys(t, &m->layer[i], &m->decoder, r.image_embeds);
        r.values[i] = decoder_values(t, &m->layer[i], &m->decoder, r.image_embeds);
    }
    return r;
}

/* x [B, N, C] -> [n, N, C]. */
static Tensor *select_images(Tape *t, Tensor *x, int64_t n, const int64_t *index)
{
    const int64_t B = x->shape[0], N = x->shape[1], C = x->shape[2];
    Tensor *rows = tape_reshape(t, x, 2, (int64_t[]){B, N * C});
    return tape_reshape(t, op_select_rows(t, rows, n, index), 3, (int64_t[]){n, N, C});
}

RamPlusImage ram_plus_image_rows(Tape *t, const RamPlus *m, const RamPlusImage *image,
                                 int64_t n, const int64_t *index)
{
    RamPlusImage r = {.cls = op_select_rows(t, image->cls, n, index),
                      .unit = op_select_rows(t, image->unit, n, index)};
    for (int64_t i = 0; i < m->config.layers; i++) {
        r.keys[i] = select_images(t, image->keys[i], n, index);
        r.values[i] = select_images(t, image->values[i], n, index);
    }
    return r;
}

/* Passes queries x [B, Q, hidden] through the decoder and fc -> [B, Q]. */
static Tensor *decode(Tape *t, const RamPlus *m, const RamPlusImage *image, Tensor *x,
                      DropoutRows rows)
{
    const int64_t B = x->shape[0], Q = x->shape[1];
    for (int64_t i = 0; i < m->config.layers; i++) {
        x = decoder_layer(t, &m->layer[i], &m->decoder, x, image->keys[i], image->values[i],
                          rows);
        rows.site += SITES_PER_LAYER;
    }
    return tape_reshape(t, nn_linear(t, &m->fc, x), 2, (int64_t[]){B, Q});
}

/* Text vectors [..., E] -> queries [..., hidden]. */
static Tensor *queries(Tape *t, const RamPlus *m, Tensor *text)
{
    return op_relu(t, m->wordvec_proj.weight ? nn_linear(t, &m->wordvec_proj, text) : text);
}

/* The same vectors of tags for all images -> [B, K, hidden]. */
static Tensor *fixed_queries(Tape *t, const RamPlus *m, int64_t B, const LabelBank *bank,
                             int64_t first, int64_t K)
{
    float *e = tape_alloc(t, (size_t)(K * bank->dim) * sizeof *e);
    (m->config.reweight == REWEIGHT_MEAN ? label_bank_mean : label_bank_first)(bank, first, K,
                                                                               e);
    Tensor *text = tape_input(t, 2, (int64_t[]){K, bank->dim}, e); /* [K, E] */
    return op_broadcast(t, queries(t, m, text), B);                /* [B, K, hidden] */
}

Tensor *ram_plus_tag_queries(Tape *t, const RamPlus *m, const RamPlusImage *image,
                             const LabelBank *bank, int64_t first, int64_t K, Tensor **weights,
                             Tensor **reweighted)
{
    CHECK(first >= 0 && K > 0 && first + K <= bank->tags && bank->dim == m->config.text_width,
          "tags %ld + %ld of %ld, width %ld", first, K, bank->tags, bank->dim);
    if (weights) *weights = NULL;
    if (reweighted) *reweighted = NULL;
    if (m->config.reweight != REWEIGHT_AUTO)
        return fixed_queries(t, m, image->cls->shape[0], bank, first, K);
    const int64_t at = bank->offset[first] * bank->dim;
    const RowGroups tile = {.rows = bank->rows ? bank->rows + at : NULL,
                            .half = bank->half ? bank->half + at : NULL,
                            .offset = bank->offset + first,
                            .K = K,
                            .E = bank->dim};
    Tensor *e = op_reweight(t, image->unit, m->reweight_scale, tile, weights); /* [B, K, E] */
    if (reweighted) *reweighted = e;
    return queries(t, m, e); /* [B, K, hidden] */
}

Tensor *ram_plus_tag_logits(Tape *t, const RamPlus *m, const RamPlusImage *image,
                            const LabelBank *bank, int64_t first, int64_t K, Tensor **weights,
                            Tensor **reweighted)
{
    Tensor *x = ram_plus_tag_queries(t, m, image, bank, first, K, weights, reweighted);
    return decode(t, m, image, x, (DropoutRows){0, bank->tags, first});
}

static Tensor *text_cosines(Tape *t, const RamPlusImage *image, const Tensor *text)
{
    Tensor *scaled = tape_tensor(t, 2, text->shape); /* [Q, E] */
    for (int64_t i = 0; i < tensor_len(text); i++) scaled->data[i] = text->data[i] / (Real)0.07;
    return op_linear(t, image->unit, scaled, NULL); /* [B, Q] */
}

Tensor *ram_plus_text_logits(Tape *t, const RamPlus *m, const RamPlusImage *image, Tensor *text)
{
    CHECK(text->ndim == 2 && text->shape[1] == m->config.text_width, "text has %d axes",
          text->ndim);
    if (m->config.align == ALIGN_DOT) return text_cosines(t, image, text);
    Tensor *x = queries(t, m, text);              /* [Q, hidden] */
    x = op_broadcast(t, x, image->cls->shape[0]); /* [B, Q, hidden] */
    return decode(t, m, image, x, (DropoutRows){SITES_OF_TEXT, text->shape[0], 0});
}
