/* Swin Transformer v1 (Liu et al. 2021; swin_transformer.py of the reference).
 * Deliberately different: windows are index arithmetic inside op_window_attention, and the token
 * map never leaves its [B, H*W, C] order. */
#include "model/backbone/swin.h"

#include "core/mem.h"
#include "model/layers/nn.h"

#include <math.h>
#include <stdio.h>

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
    bool merges; /* all stages but the last end in a patch merging */
    LayerNorm merge_norm;
    Linear merge;
} Stage;

struct Swin {
    SwinConfig config;
    Tensor *patch_weight, *patch_bias; /* [C, 3, 4, 4], [C] */
    LayerNorm patch_norm, norm;
    Stage stage[SWIN_STAGES];
};

/* The window of a stage: clamped to the map, and then nothing shifts. */
static int64_t stage_window(const SwinConfig *c, int64_t grid)
{
    return grid <= c->window ? grid : c->window;
}

int swin_check(const SwinConfig *c, Error *err)
{
    if (c->image_size < 32 || c->image_size % 32)
        return error_set(err, EXIT_USAGE, "image_size: %lld: must be a multiple of 32",
                         (long long)c->image_size);
    if (c->window < 1 || c->embed_dim < 1)
        return error_set(err, EXIT_USAGE, "swin: window %lld, width %lld: must be positive",
                         (long long)c->window, (long long)c->embed_dim);
    for (int i = 0; i < SWIN_STAGES; i++) {
        const int64_t grid = c->image_size / PATCH >> i, width = c->embed_dim << i;
        if (c->depths[i] < 1 || c->heads[i] < 1 || width % c->heads[i])
            return error_set(
                err, EXIT_USAGE,
                "swin: stage %d: depth %lld, %lld heads: heads must divide the %lld "
                "channels",
                i, (long long)c->depths[i], (long long)c->heads[i], (long long)width);
        if (grid % stage_window(c, grid))
            return error_set(err, EXIT_USAGE,
                             "swin.window: %lld: must divide the %lld x %lld map of stage %d "
                             "(image_size %lld)",
                             (long long)c->window, (long long)grid, (long long)grid, i,
                             (long long)c->image_size);
    }
    return 0;
}

static enum NnInit swin_init(const SwinConfig *c)
{
    return c->balanced ? NN_BALANCED : NN_SWIN;
}

static Block block_new(const SwinConfig *c, ParamSet *ps, int64_t C, int64_t grid,
                       int64_t heads, int64_t index, const char *name)
{
    const int64_t M = stage_window(c, grid), side = 2 * M - 1;
    const enum NnInit init = swin_init(c), branch = c->balanced ? NN_QUIET : NN_SWIN;
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
        snprintf(name, sizeof name, "%s.layers.%d.blocks.%lld", prefix, i, (long long)j);
        s->block[j] = block_new(c, ps, C, s->grid, c->heads[i], j, name);
        const int64_t nth = (*blocks_before)++;
        s->block[j].drop_path =
            total > 1 ? c->drop_path * (double)nth / (double)(total - 1) : 0;
        s->block[j].site = 2 * (uint64_t)nth;
    }
    if (!s->merges) return;
    const enum NnInit init = swin_init(c);
    s->merge_norm = nn_norm_new(ps, 4 * C, EPS, "%s.layers.%d.downsample.norm", prefix, i);
    s->merge = nn_linear_new(ps, init, 4 * C, 2 * C, false, "%s.layers.%d.downsample.reduction",
                             prefix, i);
}

Swin *swin_new(const SwinConfig *c, ParamSet *ps, const char *prefix)
{
    CHECK(swin_check(c, NULL) == 0, "sizes do not fit: call swin_check first");
    Swin *m = mem_calloc(1, sizeof *m);
    m->config = *c;
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

void swin_free(Swin *m)
{
    if (!m) return;
    for (int i = 0; i < SWIN_STAGES; i++) mem_free(m->stage[i].block);
    mem_free(m);
}

static Tensor *mlp_forward(Tape *t, const Block *m, Tensor *x) /* x [B, H*W, C] */
{
    Tensor *h = op_gelu(t, nn_linear(t, &m->fc1, x)); /* [B, H*W, 4C] */
    return nn_linear(t, &m->fc2, h);
}

/* Liu et al. 2021, eq. 3:  x + (S)W-MSA(LN(x)),  then  x + MLP(LN(x)). */
static Tensor *block_forward(Tape *t, const Block *m, Tensor *x) /* x [B, H*W, C] */
{
    Tensor *h = nn_linear(t, &m->qkv, nn_norm(t, &m->norm1, x)); /* [B, H*W, 3C] */
    h = op_window_attention(t, h, m->table, m->shape);           /* [B, H*W, C] */
    h = nn_linear(t, &m->proj, h);
    x = op_add(t, x, op_drop_path(t, h, m->drop_path, m->site));
    h = mlp_forward(t, m, nn_norm(t, &m->norm2, x));
    return op_add(t, x, op_drop_path(t, h, m->drop_path, m->site + 1));
}

static Tensor *stage_forward(Tape *t, const Stage *m, Tensor *x) /* x [B, H*W, C] */
{
    for (int64_t i = 0; i < m->depth; i++) {
        const TapeMark mark = tape_mark(t);
        x = tape_keep(t, mark, block_forward(t, &m->block[i], x));
    }
    if (!m->merges) return x;
    x = nn_norm(t, &m->merge_norm, op_patch_merge(t, x, m->grid)); /* [B, H*W/4, 4C] */
    return nn_linear(t, &m->merge, x);                             /* [B, H*W/4, 2C] */
}

Tensor *swin_forward(Tape *t, const Swin *m, Tensor *image) /* image [B, 3, S, S] */
{
    CHECK(image->ndim == 4 && image->shape[1] == 3 && image->shape[2] == m->config.image_size,
          "image of %lld pixels, want %lld", (long long)tensor_axis(image, -1),
          (long long)m->config.image_size);
    Tensor *x = op_patchify(t, image, PATCH);            /* [B, (S/4)^2, 48] */
    x = op_linear(t, x, m->patch_weight, m->patch_bias); /* [B, (S/4)^2, C] */
    x = nn_norm(t, &m->patch_norm, x);
    for (int i = 0; i < SWIN_STAGES; i++) x = stage_forward(t, &m->stage[i], x);
    return op_pool_prepend(t, nn_norm(t, &m->norm, x)); /* [B, 1 + (S/32)^2, 8C] */
}
