/* SPDX-License-Identifier: Apache-2.0 */
/* The image tower. */
#include "model/clip/siglip_image.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>

enum { COLORS = 3 };

struct SiglipImage {
    ClipImageConfig config;
    Linear patch;     /* [width, 3, patch, patch] */
    Tensor *position; /* [N, width] */
    ClipBlock *block; /* [layers] */
    LayerNorm post, norm;
    Tensor *probe; /* [1, width] the query of the pooling */
    Linear in_proj, out_proj, fc1, fc2;
};

static void head_new(SiglipImage *m, ParamSet *ps)
{
    static const char head[] = "vision_model.head";
    const ClipSizes *c = &m->config.sizes;
    const int64_t C = c->width;
    const ParamInit init = {PARAM_NORMAL, 0.02}, zero = {PARAM_CONSTANT, 0};
    m->probe = param_add(ps, init, 2, (int64_t[]){1, C}, "%s.probe", head);
    m->in_proj = (Linear){
        param_add(ps, init, 2, (int64_t[]){3 * C, C}, "%s.attention.in_proj_weight", head),
        param_add(ps, zero, 1, (int64_t[]){3 * C}, "%s.attention.in_proj_bias", head)};
    m->out_proj = nn_linear_new(ps, INIT_BERT, C, C, true, "%s.attention.out_proj", head);
    m->norm = nn_norm_new(ps, C, clip_eps(c), "%s.layernorm", head);
    m->fc1 = nn_linear_new(ps, INIT_BERT, C, c->ffn, true, "%s.mlp.fc1", head);
    m->fc2 = nn_linear_new(ps, INIT_BERT, c->ffn, C, true, "%s.mlp.fc2", head);
}

SiglipImage *siglip_image_new(const ClipImageConfig *c, ParamSet *ps)
{
    CHECK(clip_image_check(c, NULL) == 0, "sizes do not fit: call clip_image_check first");
    const int64_t C = c->sizes.width, side = c->image_size / c->patch;
    const ParamInit init = {PARAM_NORMAL, 0.02}, zero = {PARAM_CONSTANT, 0};
    SiglipImage *m = mem_calloc(1, sizeof *m);
    m->config = *c;
    m->patch =
        (Linear){param_add(ps, init, 4, (int64_t[]){C, COLORS, c->patch, c->patch},
                           "vision_model.embeddings.patch_embedding.weight"),
                 param_add(ps, zero, 1, &C, "vision_model.embeddings.patch_embedding.bias")};
    m->position = param_add(ps, init, 2, (int64_t[]){side * side, C},
                            "vision_model.embeddings.position_embedding.weight");
    m->block = mem_calloc((size_t)c->sizes.layers, sizeof *m->block);
    for (int64_t i = 0; i < c->sizes.layers; i++)
        m->block[i] = clip_block_new(ps, &c->sizes, "vision_model.encoder.layers", i);
    m->post = nn_norm_new(ps, C, clip_eps(&c->sizes), "vision_model.post_layernorm");
    head_new(m, ps);
    return m;
}

void siglip_image_free(SiglipImage *m)
{
    if (!m) return;
    mem_free(m->block);
    mem_free(m);
}

const ClipImageConfig *siglip_image_config(const SiglipImage *m) { return &m->config; }

/* Attention of one query q [D] to n keys, each followed by its value `width` numbers further:
 * kv [n, 3 width] from the head's first key on -> out [D]. */
static void attend(const Real *q, const Real *kv, int64_t n, int64_t width, int64_t D,
                   double *p, Real *out)
{
    double top = -HUGE_VAL, sum = 0;
    for (int64_t i = 0; i < n; i++) {
        p[i] = 0;
        for (int64_t d = 0; d < D; d++)
            p[i] += (double)q[d] * (double)kv[i * 3 * width + d] / sqrt((double)D);
        top = fmax(top, p[i]);
    }
    for (int64_t i = 0; i < n; i++) sum += p[i] = exp(p[i] - top);
    for (int64_t d = 0; d < D; d++) {
        double y = 0;
        for (int64_t i = 0; i < n; i++) y += p[i] / sum * (double)kv[i * 3 * width + width + d];
        out[d] = (Real)y;
    }
}

/* x [B * N, C] -> [B, C] */
static Tensor *pool_attention(Tape *t, const SiglipImage *m, Tensor *x, int64_t B)
{
    const int64_t C = x->shape[1], N = x->shape[0] / B, h = m->config.sizes.heads, D = C / h;
    const Tensor *q = nn_linear(t, &m->in_proj, m->probe); /* [1, 3C], of which q is used */
    const Tensor *kv = nn_linear(t, &m->in_proj, x);       /* [B * N, 3C] */
    Tensor *y = tape_tensor(t, 2, (int64_t[]){B, C});
    double *p = tape_alloc(t, (size_t)N * sizeof *p);
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < h; i++)
            attend(q->data + i * D, kv->data + b * N * 3 * C + C + i * D, N, C, D, p,
                   y->data + b * C + i * D);
    return y;
}

static Tensor *pool(Tape *t, const SiglipImage *m, Tensor *x, int64_t B)
{
    x = nn_linear(t, &m->out_proj, pool_attention(t, m, x, B)); /* [B, C] */
    Tensor *h = nn_linear(t, &m->fc1, nn_norm_for_linear(t, &m->norm, x));
    return nn_linear_add(t, &m->fc2, op_gelu_tanh(t, h), x);
}

Tensor *siglip_image_forward(Tape *t, const SiglipImage *m, Tensor *image)
{
    const int64_t S = m->config.image_size, B = image->shape[0], C = m->config.sizes.width;
    CHECK(!tape_recording(t), "this tower has no backward");
    CHECK(image->ndim == 4 && image->shape[1] == COLORS && image->shape[3] == S,
          "image of %ld pixels, expected %ld", tensor_axis(image, -1), S);
    Tensor *x = op_patchify(t, image, m->config.patch); /* [B, N, 3 patch^2] */
    x = nn_linear(t, &m->patch, x);                     /* [B, N, C] */
    x = op_embed_patches(t, x, NULL, m->position);
    const int64_t N = x->shape[1];
    const PackedSequences all = nn_sequences(t, B, N, N);
    x = tape_reshape(t, x, 2, (int64_t[]){B * N, C});
    for (int64_t i = 0; i < m->config.sizes.layers; i++) {
        const TapeMark mark = tape_mark(t);
        x = clip_block(t, &m->block[i], &m->config.sizes, x, all, false, B * N, NULL);
        x = tape_keep(t, mark, x);
    }
    return pool(t, m, nn_norm(t, &m->post, x), B);
}
