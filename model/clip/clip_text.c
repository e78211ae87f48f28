/* SPDX-License-Identifier: Apache-2.0 */
/* The text tower. */
#include "model/clip/clip_text.h"

#include "core/error.h"
#include "core/mem.h"

#include <string.h>

/* Token rows of a pack: enough for efficient matrix products, few enough for the CPU cache. */
enum { PACK_ROWS = 2048 };

struct ClipText {
    ClipTextConfig config;
    Tensor *token, *position; /* [V, width], [context, width] */
    ClipBlock *block;         /* [layers] */
    LayerNorm ln_final;
    Tensor *projection; /* [E, width] */
};

int clip_text_check(const ClipTextConfig *c, Error *err)
{
    const int64_t max = 1 << 24;
    if (c->vocabulary < 1 || c->vocabulary > max || c->context < 1 || c->context > max)
        return error_set(err, ERROR_DATA, "text tower: %ld tokens, context %ld: out of range",
                         c->vocabulary, c->context);
    return clip_sizes_check(&c->sizes, "text tower", err);
}

ClipText *clip_text_new(const ClipTextConfig *c, ParamSet *ps)
{
    CHECK(clip_text_check(c, NULL) == 0, "sizes do not fit: call clip_text_check first");
    const int64_t C = c->sizes.width;
    const ParamInit init = {PARAM_NORMAL, 0.02};
    ClipText *m = mem_calloc(1, sizeof *m);
    m->config = *c;
    m->token = param_add(ps, init, 2, (int64_t[]){c->vocabulary, C}, "token_embedding.weight");
    m->position = param_add(ps, init, 2, (int64_t[]){c->context, C}, "positional_embedding");
    m->block = mem_calloc((size_t)c->sizes.layers, sizeof *m->block);
    for (int64_t i = 0; i < c->sizes.layers; i++)
        m->block[i] = clip_block_new(ps, &c->sizes, "transformer.resblocks", i);
    m->ln_final = nn_norm_new(ps, C, clip_eps(&c->sizes), "ln_final");
    m->projection = param_add(ps, init, 2, (int64_t[]){c->sizes.embed, C}, "text_projection");
    return m;
}

void clip_text_free(ClipText *m)
{
    if (!m) return;
    mem_free(m->block);
    mem_free(m);
}

const ClipTextConfig *clip_text_config(const ClipText *m) { return &m->config; }

/* Features of the packed texts -> [S, E], in their order. */
static Tensor *forward(Tape *t, const ClipText *m, const ClipPack *p)
{
    const int64_t layers = m->config.sizes.layers, S = p->sequences.count;
    Tensor *x = op_embed_tokens(t, m->token, m->position, p->rows, p->id, p->at); /* [R, C] */
    for (int64_t i = 0; i < layers; i++) {
        const TapeMark mark = tape_mark(t);
        const bool last = i + 1 == layers; /* only the end tokens are needed */
        x = clip_block(t, &m->block[i], &m->config.sizes, x, last ? p->ends : p->sequences,
                       true, S, last ? p->last : NULL);
        x = tape_keep(t, mark, x);
    }
    return op_linear(t, nn_norm(t, &m->ln_final, x), m->projection, NULL); /* [S, E] */
}

/* Writes the features of one pack to their rows of out. Returns the number of texts in the
 * pack. */
static int64_t encode_pack(Tape *t, const ClipText *m, const ClipTokens *text, int64_t n,
                           bool unit, float *out)
{
    const TapeMark mark = tape_mark(t);
    const int64_t E = m->config.sizes.embed;
    ClipPack pack;
    const int64_t S = clip_pack_fill(t, text, n, PACK_ROWS, &pack);
    Tensor *y = forward(t, m, &pack);
    if (unit) y = op_normalize(t, y);
    float *values = tape_alloc(t, (size_t)(S * E) * sizeof *values);
    tensor_read(y, values);
    for (int64_t s = 0; s < S; s++)
        memcpy(out + text[s].text * E, values + s * E, (size_t)E * sizeof *out);
    tape_rewind(t, mark);
    return S;
}

void clip_text_encode(Tape *t, const ClipText *m, int64_t n, const int32_t *id, int64_t stride,
                      bool unit, float *out)
{
    const bool recording = tape_recording(t);
    ClipTokens *text = mem_alloc((size_t)n * sizeof *text);
    tape_set_recording(t, false);
    clip_pack_sort(n, id, stride, text);
    for (int64_t i = 0; i < n;) i += encode_pack(t, m, text + i, n - i, unit, out);
    tape_set_recording(t, recording);
    mem_free(text);
}
