/* SPDX-License-Identifier: Apache-2.0 */
/* The image tower. */
#include "model/clip/clip_image.h"

#include "core/error.h"
#include "core/mem.h"

enum { COLORS = 3 };

struct ClipImage {
    ClipImageConfig config;
    Tensor *conv1;           /* [width, 3, patch, patch], no bias */
    Tensor *class_embedding; /* [width] */
    Tensor *position;        /* [1 + N, width] */
    LayerNorm ln_pre, ln_post;
    ClipBlock *block;   /* [layers] */
    Tensor *projection; /* [E, width] */
};

int clip_image_check(const ClipImageConfig *c, Error *err)
{
    const int64_t max = 1 << 16;
    if (c->patch < 1 || c->image_size < 1 || c->image_size > max || c->image_size % c->patch)
        return error_set(err, ERROR_DATA,
                         "image tower: patches of %ld pixels do not make images of %ld",
                         c->patch, c->image_size);
    return clip_sizes_check(&c->sizes, "image tower", err);
}

ClipImage *clip_image_new(const ClipImageConfig *c, ParamSet *ps)
{
    CHECK(clip_image_check(c, NULL) == 0, "sizes do not fit: call clip_image_check first");
    const int64_t C = c->sizes.width, side = c->image_size / c->patch;
    const ParamInit init = {PARAM_NORMAL, 0.02};
    ClipImage *m = mem_calloc(1, sizeof *m);
    m->config = *c;
    m->class_embedding = param_add(ps, init, 1, &C, "visual.class_embedding");
    m->position =
        param_add(ps, init, 2, (int64_t[]){1 + side * side, C}, "visual.positional_embedding");
    m->conv1 = param_add(ps, init, 4, (int64_t[]){C, COLORS, c->patch, c->patch},
                         "visual.conv1.weight");
    m->ln_pre = nn_norm_new(ps, C, clip_eps(&c->sizes), "visual.ln_pre");
    m->block = mem_calloc((size_t)c->sizes.layers, sizeof *m->block);
    for (int64_t i = 0; i < c->sizes.layers; i++)
        m->block[i] = clip_block_new(ps, &c->sizes, "visual.transformer.resblocks", i);
    m->ln_post = nn_norm_new(ps, C, clip_eps(&c->sizes), "visual.ln_post");
    m->projection = param_add(ps, init, 2, (int64_t[]){c->sizes.embed, C}, "visual.proj");
    return m;
}

void clip_image_free(ClipImage *m)
{
    if (!m) return;
    mem_free(m->block);
    mem_free(m);
}

const ClipImageConfig *clip_image_config(const ClipImage *m) { return &m->config; }

static Tensor *blocks_forward(Tape *t, const ClipImage *m, Tensor *x) /* x [B, T, C] */
{
    const int64_t B = x->shape[0], T = x->shape[1], C = x->shape[2];
    const PackedSequences all = nn_sequences(t, B, T, T), one = nn_sequences(t, B, T, 1);
    x = tape_reshape(t, x, 2, (int64_t[]){B * T, C});
    for (int64_t i = 0; i < m->config.sizes.layers; i++) {
        const TapeMark mark = tape_mark(t);
        const bool last = i + 1 == m->config.sizes.layers; /* only the class tokens count */
        x = clip_block(t, &m->block[i], &m->config.sizes, x, last ? one : all, false, B,
                       last ? one.offset : NULL);
        x = tape_keep(t, mark, x);
    }
    return x; /* [B, C] */
}

Tensor *clip_image_forward(Tape *t, const ClipImage *m, Tensor *image)
{
    const int64_t S = m->config.image_size;
    CHECK(image->ndim == 4 && image->shape[1] == COLORS && image->shape[2] == S &&
              image->shape[3] == S,
          "image of %ld pixels, expected %ld", tensor_axis(image, -1), S);
    Tensor *x = op_patchify(t, image, m->config.patch);          /* [B, N, 3 patch^2] */
    x = op_linear(t, x, m->conv1, NULL);                         /* [B, N, C] */
    x = op_embed_patches(t, x, m->class_embedding, m->position); /* [B, 1+N, C] */
    x = blocks_forward(t, m, nn_norm(t, &m->ln_pre, x));         /* [B, C] */
    return op_linear(t, nn_norm(t, &m->ln_post, x), m->projection, NULL); /* [B, E] */
}
