/* SPDX-License-Identifier: Apache-2.0 */
/* Swin Transformer v1 (Liu et al. 2021; swin_transformer.py of the reference). Deliberate
 * differences: windows are index arithmetic inside op_window_attention, and the token map
 * always stays in [B, H*W, C] order. */
#include "model/backbone/swin.h"

#include "core/autograd/recompute.h"
#include "core/mem.h"
#include "model/backbone/position_bias.h"
#include "model/backbone/swin_options.h"
#include "model/layers/nn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double EPS = 1e-5;
enum { PATCH = 4, MLP_RATIO = 4, NAME = 160 };

typedef struct Block {
    LayerNorm norm1, norm2;
    Linear qkv, proj, fc1, fc2;
    Tensor *table; /* relative_position_bias_table [(2M-1)^2, heads] */
    WindowShape shape;
    double drop_path;
    uint64_t site; /* of its two stochastic-depth streams */
} Block;

typedef struct Stage {
    Block *block;
    int64_t depth, grid;
    bool merges; /* every stage except the last ends with patch merging */
    LayerNorm merge_norm;
    Linear merge;
} Stage;

typedef struct Swin {
    SwinConfig config;
    Tensor *patch_weight, *patch_bias; /* [C, 3, 4, 4], [C] */
    LayerNorm patch_norm, norm;
    Stage stage[SWIN_STAGES];
} Swin;

/* The window of a stage: at most the whole map, in which case windows are not shifted. */
static int64_t stage_window(const SwinConfig *c, int64_t grid)
{
    return grid <= c->window ? grid : c->window;
}

int swin_check(const SwinConfig *c, Error *err)
{
    if (c->image_size < 32 || c->image_size % 32)
        return error_set(err, ERROR_USAGE, "image_size: %ld: must be a multiple of 32",
                         c->image_size);
    if (c->window < 1 || c->embed_dim < 1)
        return error_set(err, ERROR_USAGE, "swin: window %ld, width %ld: must be positive",
                         c->window, c->embed_dim);
    for (int i = 0; i < SWIN_STAGES; i++) {
        const int64_t grid = c->image_size / PATCH >> i, width = c->embed_dim << i;
        if (c->depths[i] < 1 || c->heads[i] < 1 || width % c->heads[i])
            return error_set(err, ERROR_USAGE,
                             "swin: stage %d: depth %ld, %ld heads: heads must divide the %ld "
                             "channels",
                             i, c->depths[i], c->heads[i], width);
        if (grid % stage_window(c, grid))
            return error_set(err, ERROR_USAGE,
                             "swin.window: %ld: must divide the %ld x %ld map of stage %d "
                             "(image_size %ld)",
                             c->window, grid, grid, i, c->image_size);
    }
    if (!(c->drop_path >= 0 && c->drop_path < 1))
        return error_set(err, ERROR_USAGE, "swin.drop_path: %g: must be in [0, 1)",
                         c->drop_path);
    return 0;
}

static enum NnInit swin_init(const SwinConfig *c)
{
    return c->fan_in ? INIT_FAN_IN : INIT_SWIN;
}

static Block block_new(const SwinConfig *c, ParamSet *ps, int64_t C, int64_t grid,
                       int64_t heads, int64_t index, const char *name)
{
    const int64_t M = stage_window(c, grid), side = 2 * M - 1;
    const enum NnInit init = swin_init(c), branch = c->fan_in ? INIT_SMALL_RESIDUAL : INIT_SWIN;
    Block b = {.shape = {heads, grid, M, index % 2 && grid > c->window ? M / 2 : 0}};
    b.norm1 = nn_norm_new(ps, C, EPS, "%s.norm1", name);
    b.table =
        param_add(ps, (ParamInit){PARAM_TRUNC_NORMAL, 0.02}, 2, (int64_t[]){side * side, heads},
                  "%s.attn.relative_position_bias_table", name);
    b.qkv = nn_linear_new(ps, branch, C, 3 * C, true, "%s.attn.qkv", name);
    b.proj = nn_linear_new(ps, init, C, C, true, "%s.attn.proj", name);
    b.norm2 = nn_norm_new(ps, C, EPS, "%s.norm2", name);
    b.fc1 = nn_linear_new(ps, init, C, MLP_RATIO * C, true, "%s.mlp.fc1", name);
    b.fc2 = nn_linear_new(ps, branch, MLP_RATIO * C, C, true, "%s.mlp.fc2", name);
    return b;
}

static void stage_init(Stage *s, const SwinConfig *c, ParamSet *ps, int i,
                       int64_t *blocks_before, const char *prefix)
{
    char name[NAME];
    const int64_t C = c->embed_dim << i;
    int64_t total = 0;
    for (int k = 0; k < SWIN_STAGES; k++) total += c->depths[k];
    *s = (Stage){.depth = c->depths[i],
                 .grid = c->image_size / PATCH >> i,
                 .merges = i + 1 < SWIN_STAGES};
    s->block = mem_calloc((size_t)s->depth, sizeof *s->block);
    for (int64_t j = 0; j < s->depth; j++) {
        snprintf(name, sizeof name, "%s.layers.%d.blocks.%ld", prefix, i, j);
        s->block[j] = block_new(c, ps, C, s->grid, c->heads[i], j, name);
        const int64_t nth = (*blocks_before)++;
        s->block[j].drop_path = nn_drop_path(c->drop_path, nth, total);
        s->block[j].site = 2 * (uint64_t)nth;
    }
    if (!s->merges) return;
    const enum NnInit init = swin_init(c);
    s->merge_norm = nn_norm_new(ps, 4 * C, EPS, "%s.layers.%d.downsample.norm", prefix, i);
    s->merge = nn_linear_new(ps, init, 4 * C, 2 * C, false, "%s.layers.%d.downsample.reduction",
                             prefix, i);
}

static void *new (const BackboneConfig *config, ParamSet *ps, const char *prefix)
{
    Swin *m = mem_calloc(1, sizeof *m);
    const SwinConfig *c = &m->config;
    CHECK(swin_config(config, &m->config, NULL) == 0,
          "sizes do not fit: call backbone_check first");
    const ParamInit conv = {PARAM_UNIFORM, 1 / sqrt(3.0 * PATCH * PATCH)};
    m->patch_weight = param_add(ps, conv, 4, (int64_t[]){c->embed_dim, 3, PATCH, PATCH},
                                "%s.patch_embed.proj.weight", prefix);
    m->patch_bias = param_add(ps, conv, 1, &c->embed_dim, "%s.patch_embed.proj.bias", prefix);
    m->patch_norm = nn_norm_new(ps, c->embed_dim, EPS, "%s.patch_embed.norm", prefix);
    int64_t blocks = 0;
    for (int i = 0; i < SWIN_STAGES; i++) stage_init(&m->stage[i], c, ps, i, &blocks, prefix);
    m->norm = nn_norm_new(ps, c->embed_dim << (SWIN_STAGES - 1), EPS, "%s.norm", prefix);
    return m;
}

static void free_model(void *model)
{
    Swin *m = model;
    for (int i = 0; m && i < SWIN_STAGES; i++) mem_free(m->stage[i].block);
    mem_free(m);
}

/* Liu et al. 2021, eq. 3:  x + (S)W-MSA(LN(x)),  then  x + MLP(LN(x)). */
static Tensor *block_forward(Tape *t, const void *block, Tensor *x) /* x [B, H*W, C] */
{
    const Block *m = block;
    Tensor *h =
        nn_linear_half(t, &m->qkv, nn_norm_for_linear(t, &m->norm1, x)); /* [B, H*W, 3C] */
    h = op_window_attention(t, h, m->table, m->shape);                   /* [B, H*W, C] */
    x = nn_branch(t, &m->proj, h, x, m->drop_path, m->site);
    h = nn_linear_gelu(t, &m->fc1, nn_norm_for_linear(t, &m->norm2, x)); /* [B, H*W, 4C] */
    return nn_branch(t, &m->fc2, h, x, m->drop_path, m->site + 1);
}

static Tensor *stage_forward(Tape *t, const void *stage, Tensor *x) /* x [B, H*W, C] */
{
    const Stage *m = stage;
    for (int64_t i = 0; i < m->depth; i++)
        x = tape_block(t, RECOMPUTE_BLOCKS, block_forward, &m->block[i], x);
    if (!m->merges) return x;
    x = nn_norm_for_linear(t, &m->merge_norm,
                           op_patch_merge(t, x, m->grid)); /* [B, H*W/4, 4C] */
    return nn_linear(t, &m->merge, x);                     /* [B, H*W/4, 2C] */
}

static Tensor *forward(Tape *t, const void *model, Tensor *image) /* image [B, 3, S, S] */
{
    const Swin *m = model;
    CHECK(image->ndim == 4 && image->shape[1] == 3 && image->shape[2] == m->config.image_size,
          "image of %ld pixels, expected %ld", tensor_axis(image, -1), m->config.image_size);
    Tensor *x = op_patchify(t, image, PATCH);            /* [B, (S/4)^2, 48] */
    x = op_linear(t, x, m->patch_weight, m->patch_bias); /* [B, (S/4)^2, C] */
    x = nn_norm(t, &m->patch_norm, x);
    for (int i = 0; i < SWIN_STAGES; i++)
        x = tape_block(t, RECOMPUTE_STAGES, stage_forward, &m->stage[i], x);
    return op_pool_prepend(t, nn_norm(t, &m->norm, x)); /* [B, 1 + (S/32)^2, 8C] */
}

/* ---- the row of the table ---- */

static int check(const BackboneConfig *c, Error *err)
{
    SwinConfig sizes;
    return swin_config(c, &sizes, err);
}

static BackboneShape shape(const void *model)
{
    const SwinConfig *c = &((const Swin *)model)->config;
    return (BackboneShape){c->image_size, c->image_size / PATCH >> (SWIN_STAGES - 1),
                           c->embed_dim << (SWIN_STAGES - 1)};
}

/* Window side of a relative position bias table; 0 for any other tensor. */
static int64_t table_window(const char *name, int ndim, const int64_t *axis)
{
    static const char ending[] = "relative_position_bias_table";
    const size_t n = strlen(name), m = sizeof ending - 1;
    if (n < m || strcmp(name + n - m, ending) != 0 || ndim != 2) return 0;
    int64_t side = 1;
    while (side * side < axis[0]) side += 2;
    return side * side == axis[0] ? (side + 1) / 2 : 0;
}

static bool adapts(const TensorEntry *have, const Tensor *want)
{
    const int64_t A = table_window(have->name, have->ndim, have->shape);
    const int64_t B = table_window(have->name, want->ndim, want->shape);
    return A && B && A != B && have->shape[1] == want->shape[1];
}

static int adapt(const TensorEntry *have, const float *values, const Tensor *want, float *out,
                 Error *err)
{
    return position_bias_resize(table_window(have->name, have->ndim, have->shape), values,
                                have->shape[1],
                                table_window(have->name, want->ndim, want->shape), out, err);
}

/* Microsoft's names equal ours. */
static const NameRule microsoft[] = {{"head.*", NULL}, {"*", "*"}, {NULL, NULL}};

/* timm from 0.9 on merges patches at the start of a stage, not at the end of the previous one.
 */
static const NameRule timm[] = {
    {"head.*", NULL},
    {"layers.#.downsample.*", "layers.#-1.downsample.*"},
    {"*", "*"},
    {NULL, NULL},
};

#define HF_BLOCK "encoder.layers.#.blocks.#."
#define BLOCK    "layers.#.blocks.#."
static const NameRule hugging_face[] = {
    {"classifier.*", NULL},
    {"pooler.*", NULL},
    {"embeddings.patch_embeddings.projection.*", "patch_embed.proj.*"},
    {"embeddings.norm.*", "patch_embed.norm.*"},
    {HF_BLOCK "layernorm_before.*", BLOCK "norm1.*"},
    {HF_BLOCK "attention.self.relative_position_bias_table",
     BLOCK "attn.relative_position_bias_table"},
    {HF_BLOCK "attention.self.query.*", BLOCK "attn.qkv.*@1/3"},
    {HF_BLOCK "attention.self.key.*", BLOCK "attn.qkv.*@2/3"},
    {HF_BLOCK "attention.self.value.*", BLOCK "attn.qkv.*@3/3"},
    {HF_BLOCK "attention.output.dense.*", BLOCK "attn.proj.*"},
    {HF_BLOCK "layernorm_after.*", BLOCK "norm2.*"},
    {HF_BLOCK "intermediate.dense.*", BLOCK "mlp.fc1.*"},
    {HF_BLOCK "output.dense.*", BLOCK "mlp.fc2.*"},
    {"encoder.layers.#.downsample.*", "layers.#.downsample.*"},
    {"layernorm.*", "norm.*"},
    {"*", "*"},
    {NULL, NULL},
};

static const NameScheme names[] = {
    {{"patch_embed.proj.weight", "layers.3.downsample.*"}, timm},
    {{"patch_embed.proj.weight", "layers.0.*"}, microsoft},
    {{"embeddings.patch_embeddings.projection.weight", "encoder.layers.0.*"}, hugging_face},
    {{NULL, NULL}, NULL},
};

const Backbone backbone_swin = {
    .name = "swin",
    .size = swin_sizes,
    .options = &swin_options,
    .option_bytes = sizeof(SwinOptions),
    .check = check,
    .new = new,
    .free = free_model,
    .shape = shape,
    .forward = forward,
    .names = names,
    .adapts = adapts,
    .adapt = adapt,
};
