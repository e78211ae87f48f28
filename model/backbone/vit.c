/* SPDX-License-Identifier: Apache-2.0 */
/* Vision Transformer (Dosovitskiy et al. 2021), parameter names of timm's
 * vision_transformer.py. Options select mean pooling without a class token, register tokens
 * (Darcet et al. 2024) and layer scale (Touvron et al. 2021, "Going deeper with image
 * transformers"); together they also cover DINOv2. Deliberate difference: registers precede the
 * class token, so that they are easy to remove at the end. They have no positions, so their
 * order in the sequence does not matter. */
#include "core/autograd/recompute.h"
#include "core/mem.h"
#include "model/backbone/backbone.h"
#include "model/backbone/grid_resize.h"
#include "model/layers/nn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLORS = 3, NAME = 160 };
enum Pool { POOL_CLASS, POOL_MEAN };

typedef struct VitOptions {
    int64_t patch, width, depth, heads, ffn, registers;
    int pool;            /* enum Pool */
    bool class_position; /* pos_embed has a row for the class token */
    bool qkv_bias;
    double layer_scale, eps, drop_path;
} VitOptions;

#define AT(field) offsetof(VitOptions, field)

static const OptionRow rows[] = {
    {"vit.patch", NULL, OPTION_INT, AT(patch), "16", 1, 256, .unit = "pixels",
     .help = "side of a patch; divides the image size"},
    {"vit.width", NULL, OPTION_INT, AT(width), "0", 0, 65536, .unit = "channels",
     .help = "channels per token; 0: the encoder's"},
    {"vit.depth", NULL, OPTION_INT, AT(depth), "0", 0, 1000, .unit = "blocks",
     .help = "number of blocks; 0: the encoder's"},
    {"vit.heads", NULL, OPTION_INT, AT(heads), "0", 0, 1024, .unit = "heads",
     .help = "attention heads; 0: the encoder's"},
    {"vit.ffn", NULL, OPTION_INT, AT(ffn), "0", 0, 1e6, .unit = "channels",
     .help = "width of the feed-forward layers; 0: four times vit.width"},
    {"vit.pool", NULL, OPTION_CHOICE, AT(pool), "class", .choices = "class|mean",
     .help = "the pooled token: a class token, or the mean over the patches without one"},
    {"vit.class_position", NULL, OPTION_BOOL, AT(class_position), "true",
     .help = "a position for the class token too; timm's models with registers have none"},
    {"vit.registers", NULL, OPTION_INT, AT(registers), "0", 0, 64, .unit = "tokens",
     .help = "register tokens, which take part in attention only"},
    {"vit.qkv_bias", NULL, OPTION_BOOL, AT(qkv_bias), "true",
     .help = "biases of queries, keys and values"},
    {"vit.layer_scale", NULL, OPTION_FLOAT, AT(layer_scale), "0", 0, 100,
     .help = "initial value of a learned factor on every branch; 0: none"},
    {"vit.eps", NULL, OPTION_FLOAT, AT(eps), "1e-6", 1e-12, 1,
     .help = "added to the variance in layer normalization"},
    {"vit.drop_path", NULL, OPTION_FLOAT, AT(drop_path), "0.1", 0, 0.99, .unit = "probability",
     .help = "stochastic depth of the last block"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

/* Dosovitskiy et al. 2021, table 1; Touvron et al. 2021 (DeiT), table 1. */
static const char *const size_name[] = {"vit_ti", "vit_s", "vit_b", "vit_l", NULL};
static const struct {
    int64_t width, depth, heads;
} sizes[] = {{192, 12, 3}, {384, 12, 6}, {768, 12, 12}, {1024, 24, 16}};

typedef struct Block {
    LayerNorm norm1, norm2;
    Linear qkv, proj, fc1, fc2;
    Tensor *scale1, *scale2; /* [C], NULL without layer scale */
    double drop_path;
    uint64_t site; /* of its two stochastic-depth streams */
} Block;

typedef struct Vit {
    VitOptions c; /* with the encoder's sizes filled in */
    int64_t image_size, grid;
    Linear patch;                    /* [C, 3, patch, patch], [C] */
    Tensor *class_token, *registers; /* [1, 1, C], [1, R, C], or NULL */
    Tensor *position;                /* [1, N or 1 + N, C] */
    Block *block;                    /* [depth] */
    LayerNorm norm;
} Vit;

static VitOptions resolve(const BackboneConfig *c)
{
    VitOptions o = *(const VitOptions *)c->options;
    if (!o.width) o.width = sizes[c->size].width;
    if (!o.depth) o.depth = sizes[c->size].depth;
    if (!o.heads) o.heads = sizes[c->size].heads;
    if (!o.ffn) o.ffn = 4 * o.width;
    return o;
}

static int check(const BackboneConfig *c, Error *err)
{
    const VitOptions o = resolve(c);
    if (c->image_size < o.patch || c->image_size % o.patch)
        return error_set(err, ERROR_USAGE,
                         "image_size: %ld: must be a multiple of vit.patch, %ld", c->image_size,
                         o.patch);
    if (o.width % o.heads)
        return error_set(err, ERROR_USAGE, "vit.heads: %ld: must divide the %ld channels",
                         o.heads, o.width);
    return 0;
}

static Tensor *scale_new(ParamSet *ps, const VitOptions *o, const char *name, int i)
{
    const ParamInit init = {PARAM_CONSTANT, o->layer_scale};
    return o->layer_scale > 0 ? param_add(ps, init, 1, &o->width, "%s.ls%d.gamma", name, i)
                              : NULL;
}

static Block block_new(const VitOptions *o, bool fan_in, ParamSet *ps, const char *name)
{
    const int64_t C = o->width;
    const enum NnInit init = fan_in ? INIT_FAN_IN : INIT_SWIN;
    const enum NnInit branch = fan_in ? INIT_SMALL_RESIDUAL : INIT_SWIN;
    Block b = {0};
    b.norm1 = nn_norm_new(ps, C, o->eps, "%s.norm1", name);
    b.qkv = nn_linear_new(ps, branch, C, 3 * C, o->qkv_bias, "%s.attn.qkv", name);
    b.proj = nn_linear_new(ps, init, C, C, true, "%s.attn.proj", name);
    b.scale1 = scale_new(ps, o, name, 1);
    b.norm2 = nn_norm_new(ps, C, o->eps, "%s.norm2", name);
    b.fc1 = nn_linear_new(ps, init, C, o->ffn, true, "%s.mlp.fc1", name);
    b.fc2 = nn_linear_new(ps, branch, o->ffn, C, true, "%s.mlp.fc2", name);
    b.scale2 = scale_new(ps, o, name, 2);
    return b;
}

static void tokens_new(Vit *m, ParamSet *ps, const char *prefix)
{
    const int64_t C = m->c.width, P = m->c.patch, N = m->grid * m->grid;
    const ParamInit conv = {PARAM_UNIFORM, 1 / sqrt((double)(COLORS * P * P))};
    const ParamInit tiny = {PARAM_NORMAL, 1e-6}, position = {PARAM_TRUNC_NORMAL, 0.02};
    const bool class_token = m->c.pool == POOL_CLASS;
    const int64_t rows_of_table = N + (class_token && m->c.class_position);
    if (class_token)
        m->class_token = param_add(ps, tiny, 3, (int64_t[]){1, 1, C}, "%s.cls_token", prefix);
    if (m->c.registers)
        m->registers =
            param_add(ps, tiny, 3, (int64_t[]){1, m->c.registers, C}, "%s.reg_token", prefix);
    m->position =
        param_add(ps, position, 3, (int64_t[]){1, rows_of_table, C}, "%s.pos_embed", prefix);
    m->patch.weight = param_add(ps, conv, 4, (int64_t[]){C, COLORS, P, P},
                                "%s.patch_embed.proj.weight", prefix);
    m->patch.bias = param_add(ps, conv, 1, &C, "%s.patch_embed.proj.bias", prefix);
}

static void *new (const BackboneConfig *c, ParamSet *ps, const char *prefix)
{
    char name[NAME];
    CHECK(check(c, NULL) == 0, "sizes do not fit: call backbone_check first");
    Vit *m = mem_calloc(1, sizeof *m);
    m->c = resolve(c);
    m->image_size = c->image_size;
    m->grid = c->image_size / m->c.patch;
    tokens_new(m, ps, prefix);
    m->block = mem_calloc((size_t)m->c.depth, sizeof *m->block);
    for (int64_t i = 0; i < m->c.depth; i++) {
        snprintf(name, sizeof name, "%s.blocks.%ld", prefix, i);
        m->block[i] = block_new(&m->c, c->fan_in, ps, name);
        m->block[i].drop_path = nn_drop_path(m->c.drop_path, i, m->c.depth);
        m->block[i].site = 2 * (uint64_t)i;
    }
    m->norm = nn_norm_new(ps, m->c.width, m->c.eps, "%s.norm", prefix);
    return m;
}

static void free_model(void *model)
{
    Vit *m = model;
    if (m) mem_free(m->block);
    mem_free(m);
}

static BackboneShape shape(const void *model)
{
    const Vit *m = model;
    return (BackboneShape){m->image_size, m->grid, m->c.width};
}

/* Prepends the class token and the registers to the patches -> [B, R + (1) + N, C]. */
static Tensor *embed(Tape *t, const Vit *m, Tensor *image)
{
    Tensor *x = op_patchify(t, image, m->c.patch); /* [B, N, 3 patch^2] */
    x = nn_linear(t, &m->patch, x);                /* [B, N, C] */
    if (m->class_token && m->c.class_position) {
        x = op_embed_patches(t, x, m->class_token, m->position); /* [B, 1+N, C] */
    } else {
        x = op_embed_patches(t, x, NULL, m->position);                        /* [B, N, C] */
        if (m->class_token) x = op_embed_patches(t, x, m->class_token, NULL); /* [B, 1+N, C] */
    }
    return m->registers ? op_embed_patches(t, x, m->registers, NULL) : x;
}

/* x + m(h), with layer scale and stochastic depth of m(h). */
static Tensor *branch(Tape *t, const Linear *m, Tensor *h, Tensor *x, Tensor *scale, double p,
                      uint64_t site)
{
    if (!scale) return nn_branch(t, m, h, x, p, site);
    h = op_layer_scale(t, nn_linear(t, m, h), scale);
    return op_add(t, x, op_drop_path(t, h, p, site));
}

/* A block on a batch. */
typedef struct Call {
    const Block *block;
    int64_t heads;
    PackedSequences all; /* the images of the batch */
} Call;

/* Dosovitskiy et al. 2021, eq. 2 and 3:  x + MSA(LN(x)),  then  x + MLP(LN(x)). */
static Tensor *block_forward(Tape *t, const void *call, Tensor *x) /* x [B, T, C] */
{
    const Call *c = call;
    const Block *m = c->block;
    Tensor *h = nn_linear(t, &m->qkv, nn_norm_for_linear(t, &m->norm1, x)); /* [B, T, 3C] */
    h = op_packed_attention(t, h, c->all, c->heads, false);                 /* [B*T, C] */
    h = tape_reshape(t, h, 3, x->shape);                                    /* [B, T, C] */
    x = branch(t, &m->proj, h, x, m->scale1, m->drop_path, m->site);
    h = nn_linear_gelu(t, &m->fc1, nn_norm_for_linear(t, &m->norm2, x)); /* [B, T, ffn] */
    return branch(t, &m->fc2, h, x, m->scale2, m->drop_path, m->site + 1);
}

/* x [B, R + T, C] -> [B, T, C]: without the first R tokens. */
static Tensor *without_registers(Tape *t, Tensor *x, int64_t R)
{
    const int64_t B = x->shape[0], T = x->shape[1] - R;
    int64_t *index = tape_alloc(t, (size_t)(B * T) * sizeof *index);
    for (int64_t i = 0; i < B * T; i++) index[i] = i + (i / T + 1) * R;
    x = op_select_rows(t, x, B * T, index); /* [B*T, C] */
    return tape_reshape(t, x, 3, (int64_t[]){B, T, x->shape[1]});
}

static Tensor *forward(Tape *t, const void *model, Tensor *image) /* image [B, 3, S, S] */
{
    const Vit *m = model;
    CHECK(image->ndim == 4 && image->shape[1] == COLORS && image->shape[2] == m->image_size,
          "image of %ld pixels, expected %ld", tensor_axis(image, -1), m->image_size);
    Tensor *x = embed(t, m, image); /* [B, T, C] */
    const PackedSequences all = nn_sequences(t, x->shape[0], x->shape[1], x->shape[1]);
    for (int64_t i = 0; i < m->c.depth; i++) {
        Call *call = tape_alloc(t, sizeof *call);
        *call = (Call){&m->block[i], m->c.heads, all};
        x = tape_block(t, RECOMPUTE_BLOCKS, block_forward, call, x);
    }
    x = nn_norm(t, &m->norm, x);
    if (m->registers) x = without_registers(t, x, m->c.registers);
    return m->class_token ? x : op_pool_prepend(t, x); /* [B, 1+N, C] */
}

/* ---- weights of other projects ------------------------------------------------------- */

/* A position table: its grid, and whether its first row belongs to a class token. */
typedef struct Table {
    int64_t grid, first, C; /* grid 0: not a position table */
} Table;

static int64_t root(int64_t n)
{
    const int64_t r = (int64_t)llround(sqrt((double)n));
    return r * r == n ? r : 0;
}

static Table table_of(const char *name, int ndim, const int64_t *axis)
{
    const size_t n = strlen(name), m = strlen(".pos_embed");
    if (n < m || strcmp(name + n - m, ".pos_embed") != 0 || ndim != 3 || axis[0] != 1)
        return (Table){0};
    const int64_t grid = root(axis[1]);
    if (grid) return (Table){grid, 0, axis[2]};
    return (Table){root(axis[1] - 1), 1, axis[2]};
}

static bool adapts(const TensorEntry *have, const Tensor *want)
{
    const Table a = table_of(have->name, have->ndim, have->shape);
    const Table b = table_of(have->name, want->ndim, want->shape);
    return a.grid && b.grid && a.C == b.C && have->shape[1] != want->shape[1];
}

/* If the file has no position for the class token, its row becomes zero. */
static int adapt(const TensorEntry *have, const float *values, const Tensor *want, float *out,
                 Error *err)
{
    (void)err;
    const Table a = table_of(have->name, have->ndim, have->shape);
    const Table b = table_of(have->name, want->ndim, want->shape);
    for (int64_t c = 0; b.first && c < b.C; c++) out[c] = a.first ? values[c] : 0;
    grid_resize(a.grid, a.C, values + a.first * a.C, b.grid, out + b.first * b.C);
    return 0;
}

/* The names in DINOv2's own files differ from timm's for two tokens. A timm model that averages
 * the tokens has fc_norm instead of norm. */
static const NameRule timm[] = {
    {"head.*", NULL},        {"mask_token", NULL}, {"register_tokens", "reg_token"},
    {"fc_norm.*", "norm.*"}, {"*", "*"},           {NULL, NULL},
};

static const NameRule hugging_face[] = {
    {"classifier.*", NULL},
    {"pooler.*", NULL},
    {"embeddings.mask_token", NULL},
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.register_tokens", "reg_token"},
    {"embeddings.position_embeddings", "pos_embed"},
    {"embeddings.patch_embeddings.projection.*", "patch_embed.proj.*"},
    {"encoder.layer.#.layernorm_before.*", "blocks.#.norm1.*"},
    {"encoder.layer.#.norm1.*", "blocks.#.norm1.*"},
    {"encoder.layer.#.attention.attention.query.*", "blocks.#.attn.qkv.*@1/3"},
    {"encoder.layer.#.attention.attention.key.*", "blocks.#.attn.qkv.*@2/3"},
    {"encoder.layer.#.attention.attention.value.*", "blocks.#.attn.qkv.*@3/3"},
    {"encoder.layer.#.attention.output.dense.*", "blocks.#.attn.proj.*"},
    {"encoder.layer.#.layer_scale1.lambda1", "blocks.#.ls1.gamma"},
    {"encoder.layer.#.layernorm_after.*", "blocks.#.norm2.*"},
    {"encoder.layer.#.norm2.*", "blocks.#.norm2.*"},
    {"encoder.layer.#.intermediate.dense.*", "blocks.#.mlp.fc1.*"},
    {"encoder.layer.#.output.dense.*", "blocks.#.mlp.fc2.*"},
    {"encoder.layer.#.mlp.*", "blocks.#.mlp.*"},
    {"encoder.layer.#.layer_scale2.lambda1", "blocks.#.ls2.gamma"},
    {"layernorm.*", "norm.*"},
    {"*", "*"},
    {NULL, NULL},
};

static const NameScheme names[] = {
    {{"patch_embed.proj.weight", "blocks.0.*"}, timm},
    {{"embeddings.patch_embeddings.projection.weight", "encoder.layer.0.*"}, hugging_face},
    {{NULL, NULL}, NULL},
};

const Backbone backbone_vit = {
    .name = "vit",
    .size = size_name,
    .options = &options,
    .option_bytes = sizeof(VitOptions),
    .check = check,
    .new = new,
    .free = free_model,
    .shape = shape,
    .forward = forward,
    .names = names,
    .adapts = adapts,
    .adapt = adapt,
};
