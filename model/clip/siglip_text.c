/* SPDX-License-Identifier: Apache-2.0 */
/* The text tower. */
#include "model/clip/siglip_text.h"

#include "core/error.h"
#include "core/mem.h"

enum { GROUP = 32 }; /* texts that are encoded together */

struct SiglipText {
    ClipTextConfig config;
    Tensor *token, *position; /* [V, width], [context, width] */
    ClipBlock *block;         /* [layers] */
    LayerNorm norm;
    Linear head; /* [E, width] */
};

SiglipText *siglip_text_new(const ClipTextConfig *c, ParamSet *ps)
{
    CHECK(clip_text_check(c, NULL) == 0, "sizes do not fit: call clip_text_check first");
    const int64_t C = c->sizes.width;
    const ParamInit init = {PARAM_NORMAL, 0.02};
    SiglipText *m = mem_calloc(1, sizeof *m);
    m->config = *c;
    m->token = param_add(ps, init, 2, (int64_t[]){c->vocabulary, C},
                         "text_model.embeddings.token_embedding.weight");
    m->position = param_add(ps, init, 2, (int64_t[]){c->context, C},
                            "text_model.embeddings.position_embedding.weight");
    m->block = mem_calloc((size_t)c->sizes.layers, sizeof *m->block);
    for (int64_t i = 0; i < c->sizes.layers; i++)
        m->block[i] = clip_block_new(ps, &c->sizes, "text_model.encoder.layers", i);
    m->norm = nn_norm_new(ps, C, clip_eps(&c->sizes), "text_model.final_layer_norm");
    m->head = nn_linear_new(ps, INIT_BERT, C, c->sizes.embed, true, "text_model.head");
    return m;
}

void siglip_text_free(SiglipText *m)
{
    if (!m) return;
    mem_free(m->block);
    mem_free(m);
}

const ClipTextConfig *siglip_text_config(const SiglipText *m) { return &m->config; }

/* id [n, T] -> unit rows [n, E] */
static Tensor *forward(Tape *t, const SiglipText *m, int64_t n, const int32_t *id)
{
    const int64_t T = m->config.context;
    const PackedSequences all = nn_sequences(t, n, T, T);
    int32_t *at = tape_alloc(t, (size_t)(n * T) * sizeof *at);
    int64_t *last = tape_alloc(t, (size_t)n * sizeof *last);
    for (int64_t i = 0; i < n * T; i++) at[i] = (int32_t)(i % T);
    for (int64_t i = 0; i < n; i++) last[i] = (i + 1) * T - 1;
    Tensor *x = op_embed_tokens(t, m->token, m->position, n * T, id, at); /* [n T, C] */
    for (int64_t i = 0; i < m->config.sizes.layers; i++) {
        const TapeMark mark = tape_mark(t);
        x = clip_block(t, &m->block[i], &m->config.sizes, x, all, false, n * T, NULL);
        x = tape_keep(t, mark, x);
    }
    x = nn_norm(t, &m->norm, op_select_rows(t, x, n, last)); /* [n, C] */
    return op_normalize(t, nn_linear(t, &m->head, x));
}

void siglip_text_encode(Tape *t, const SiglipText *m, int64_t n, const int32_t *id, float *out)
{
    const bool recording = tape_recording(t);
    const int64_t T = m->config.context, E = m->config.sizes.embed;
    tape_set_recording(t, false);
    for (int64_t i = 0; i < n; i += GROUP) {
        const TapeMark mark = tape_mark(t);
        const int64_t count = n - i < GROUP ? n - i : GROUP;
        tensor_read(forward(t, m, count, id + i * T), out + i * E);
        tape_rewind(t, mark);
    }
    tape_set_recording(t, recording);
}
