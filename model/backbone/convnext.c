/* SPDX-License-Identifier: Apache-2.0 */
/* ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s"), parameter names of timm's convnext.py.
 * Deliberate differences: the map stays [B, H*W, C], where layers over channels need no
 * transposition; the last norm is applied to the mean and to every token of the map. */
#include "core/autograd/recompute.h"
#include "core/mem.h"
#include "model/backbone/backbone.h"
#include "model/layers/nn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STAGES = 4, PATCH = 4, KERNEL = 7, COLORS = 3, STRIDE = 32, NAME = 160 };
static const double EPS = 1e-6;

typedef struct ConvnextOptions {
    OptionInts widths, depths;
    double layer_scale, drop_path;
} ConvnextOptions;

#define AT(field) offsetof(ConvnextOptions, field)

static const OptionRow rows[] = {
    {"convnext.widths", NULL, OPTION_INTS, AT(widths), "", 1, 65536, .unit = "channels",
     .help = "channels of the four stages; empty: the encoder's"},
    {"convnext.depths", NULL, OPTION_INTS, AT(depths), "", 1, 1000, .unit = "blocks",
     .help = "blocks of the four stages; empty: the encoder's"},
    {"convnext.layer_scale", NULL, OPTION_FLOAT, AT(layer_scale), "1e-6", 0, 100,
     .help = "initial value of the learned factors on every block; 0: none"},
    {"convnext.drop_path", NULL, OPTION_FLOAT, AT(drop_path), "0.1", 0, 0.99,
     .unit = "probability", .help = "stochastic depth of the last block"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

/* Liu et al. 2022, section 3. */
static const char *const size_name[] = {"convnext_t", "convnext_s", "convnext_b", "convnext_l",
                                        NULL};
static const struct {
    int64_t widths[STAGES], depths[STAGES];
} sizes[] = {
    {{96, 192, 384, 768}, {3, 3, 9, 3}},
    {{96, 192, 384, 768}, {3, 3, 27, 3}},
    {{128, 256, 512, 1024}, {3, 3, 27, 3}},
    {{192, 384, 768, 1536}, {3, 3, 27, 3}},
};

typedef struct Block {
    Tensor *weight, *bias; /* of the depthwise convolution: [C, 1, 7, 7], [C] */
    LayerNorm norm;
    Linear fc1, fc2;
    Tensor *gamma; /* [C], NULL without layer scale */
    int64_t grid;
    double drop_path;
    uint64_t site;
} Block;

typedef struct Stage {
    int64_t depth, grid; /* blocks; side of the map */
    LayerNorm norm;      /* before downsampling; not in the first stage */
    Linear down;         /* [C, C of the previous stage, 2, 2] */
    Block *block;
} Stage;

typedef struct Convnext {
    int64_t image_size, channels;
    Linear stem; /* [C, 3, 4, 4] */
    LayerNorm stem_norm, norm;
    Stage stage[STAGES];
} Convnext;

static const int64_t *widths_of(const BackboneConfig *c)
{
    const ConvnextOptions *o = c->options;
    return o->widths.count ? o->widths.value : sizes[c->size].widths;
}

static const int64_t *depths_of(const BackboneConfig *c)
{
    const ConvnextOptions *o = c->options;
    return o->depths.count ? o->depths.value : sizes[c->size].depths;
}

static int check_four(const OptionInts *list, const char *name, Error *err)
{
    if (list->count == 0 || list->count == STAGES) return 0;
    return error_set(err, ERROR_USAGE, "%s: %ld values: expected %d, one per stage", name,
                     list->count, STAGES);
}

static int check(const BackboneConfig *c, Error *err)
{
    const ConvnextOptions *o = c->options;
    if (c->image_size < STRIDE || c->image_size % STRIDE)
        return error_set(err, ERROR_USAGE, "image_size: %ld: must be a multiple of %d",
                         c->image_size, STRIDE);
    if (check_four(&o->widths, "convnext.widths", err) != 0) return -1;
    return check_four(&o->depths, "convnext.depths", err);
}

static Linear conv_new(ParamSet *ps, bool by_fan_in, int64_t in, int64_t out, int64_t side,
                       const char *name)
{
    const double fan_in = (double)(in * side * side);
    const ParamInit init = by_fan_in ? (ParamInit){PARAM_NORMAL, 1 / sqrt(fan_in)}
                                     : (ParamInit){PARAM_TRUNC_NORMAL, 0.02};
    return (Linear){param_add(ps, init, 4, (int64_t[]){out, in, side, side}, "%s.weight", name),
                    param_add(ps, (ParamInit){PARAM_CONSTANT, 0}, 1, &out, "%s.bias", name)};
}

static Block block_new(const BackboneConfig *c, ParamSet *ps, int64_t C, const char *name)
{
    const ConvnextOptions *o = c->options;
    const enum NnInit init = c->fan_in ? INIT_FAN_IN : INIT_SWIN;
    char conv[NAME + 8];
    Block b = {0};
    if (o->layer_scale > 0)
        b.gamma =
            param_add(ps, (ParamInit){PARAM_CONSTANT, o->layer_scale}, 1, &C, "%s.gamma", name);
    snprintf(conv, sizeof conv, "%s.conv_dw", name);
    const Linear depthwise = conv_new(ps, c->fan_in, 1, C, KERNEL, conv);
    b.weight = depthwise.weight, b.bias = depthwise.bias;
    b.norm = nn_norm_new(ps, C, EPS, "%s.norm", name);
    b.fc1 = nn_linear_new(ps, init, C, 4 * C, true, "%s.mlp.fc1", name);
    b.fc2 = nn_linear_new(ps, init, 4 * C, C, true, "%s.mlp.fc2", name);
    return b;
}

static void stage_init(Stage *s, const BackboneConfig *c, ParamSet *ps, int i, int64_t *before,
                       const char *prefix)
{
    char name[NAME];
    const ConvnextOptions *o = c->options;
    const int64_t *C = widths_of(c), *depths = depths_of(c);
    const int64_t total = depths[0] + depths[1] + depths[2] + depths[3];
    *s = (Stage){.depth = depths[i], .grid = c->image_size / PATCH >> i};
    if (i > 0) {
        s->norm = nn_norm_new(ps, C[i - 1], EPS, "%s.stages.%d.downsample.0", prefix, i);
        snprintf(name, sizeof name, "%s.stages.%d.downsample.1", prefix, i);
        s->down = conv_new(ps, c->fan_in, C[i - 1], C[i], 2, name);
    }
    s->block = mem_calloc((size_t)s->depth, sizeof *s->block);
    for (int64_t j = 0; j < s->depth; j++) {
        snprintf(name, sizeof name, "%s.stages.%d.blocks.%ld", prefix, i, j);
        s->block[j] = block_new(c, ps, C[i], name);
        s->block[j].grid = s->grid;
        s->block[j].site = (uint64_t)*before;
        s->block[j].drop_path = nn_drop_path(o->drop_path, (*before)++, total);
    }
}

static void *new (const BackboneConfig *c, ParamSet *ps, const char *prefix)
{
    char name[NAME];
    int64_t before = 0;
    CHECK(check(c, NULL) == 0, "sizes do not fit: call backbone_check first");
    const int64_t *C = widths_of(c);
    Convnext *m = mem_calloc(1, sizeof *m);
    m->image_size = c->image_size;
    m->channels = C[STAGES - 1];
    snprintf(name, sizeof name, "%s.stem.0", prefix);
    m->stem = conv_new(ps, c->fan_in, COLORS, C[0], PATCH, name);
    m->stem_norm = nn_norm_new(ps, C[0], EPS, "%s.stem.1", prefix);
    for (int i = 0; i < STAGES; i++) stage_init(&m->stage[i], c, ps, i, &before, prefix);
    m->norm = nn_norm_new(ps, m->channels, EPS, "%s.head.norm", prefix);
    return m;
}

static void free_model(void *model)
{
    Convnext *m = model;
    for (int i = 0; m && i < STAGES; i++) mem_free(m->stage[i].block);
    mem_free(m);
}

static BackboneShape shape(const void *model)
{
    const Convnext *m = model;
    return (BackboneShape){m->image_size, m->image_size / STRIDE, m->channels};
}

/* Liu et al. 2022, figure 4:  x + gamma MLP(LN(depthwise convolution of x)). */
static Tensor *block_forward(Tape *t, const void *block, Tensor *x) /* [B, N, C] */
{
    const Block *m = block;
    Tensor *h = op_depthwise_conv(t, x, m->weight, m->bias, m->grid);
    h = nn_linear_gelu(t, &m->fc1, nn_norm_for_linear(t, &m->norm, h)); /* [B, N, 4C] */
    h = nn_linear(t, &m->fc2, h);                                       /* [B, N, C] */
    if (m->gamma) h = op_layer_scale(t, h, m->gamma);
    return op_add(t, x, op_drop_path(t, h, m->drop_path, m->site));
}

static Tensor *stage_forward(Tape *t, const void *stage, Tensor *x)
{
    const Stage *m = stage;
    if (m->down.weight) {
        x = op_patchify_map(t, nn_norm(t, &m->norm, x), 2 * m->grid, 2); /* [B, N, 4C] */
        x = nn_linear(t, &m->down, x);                                   /* [B, N, C'] */
    }
    for (int64_t i = 0; i < m->depth; i++)
        x = tape_block(t, RECOMPUTE_BLOCKS, block_forward, &m->block[i], x);
    return x;
}

static Tensor *forward(Tape *t, const void *model, Tensor *image) /* image [B, 3, S, S] */
{
    const Convnext *m = model;
    CHECK(image->ndim == 4 && image->shape[1] == COLORS && image->shape[2] == m->image_size,
          "image of %ld pixels, expected %ld", tensor_axis(image, -1), m->image_size);
    Tensor *x = nn_linear(t, &m->stem, op_patchify(t, image, PATCH)); /* [B, (S/4)^2, C] */
    x = nn_norm(t, &m->stem_norm, x);
    for (int i = 0; i < STAGES; i++)
        x = tape_block(t, RECOMPUTE_STAGES, stage_forward, &m->stage[i], x);
    return nn_norm(t, &m->norm, op_pool_prepend(t, x)); /* [B, 1 + (S/32)^2, 8C] */
}

static const NameRule timm[] = {
    {"head.norm.*", "head.norm.*"}, {"head.*", NULL}, {"*", "*"}, {NULL, NULL}};

static const NameRule hugging_face[] = {
    {"classifier.*", NULL},
    {"embeddings.patch_embeddings.*", "stem.0.*"},
    {"embeddings.layernorm.*", "stem.1.*"},
    {"encoder.stages.#.downsampling_layer.*", "stages.#.downsample.*"},
    {"encoder.stages.#.layers.#.layer_scale_parameter", "stages.#.blocks.#.gamma"},
    {"encoder.stages.#.layers.#.dwconv.*", "stages.#.blocks.#.conv_dw.*"},
    {"encoder.stages.#.layers.#.layernorm.*", "stages.#.blocks.#.norm.*"},
    {"encoder.stages.#.layers.#.pwconv1.*", "stages.#.blocks.#.mlp.fc1.*"},
    {"encoder.stages.#.layers.#.pwconv2.*", "stages.#.blocks.#.mlp.fc2.*"},
    {"layernorm.*", "head.norm.*"},
    {"*", "*"},
    {NULL, NULL},
};

/* Of the authors' own code (facebookresearch/ConvNeXt). */
static const NameRule original[] = {
    {"head.*", NULL},
    {"downsample_layers.0.#.*", "stem.#.*"},
    {"downsample_layers.#.*", "stages.#.downsample.*"},
    {"stages.#.#.gamma", "stages.#.blocks.#.gamma"},
    {"stages.#.#.dwconv.*", "stages.#.blocks.#.conv_dw.*"},
    {"stages.#.#.norm.*", "stages.#.blocks.#.norm.*"},
    {"stages.#.#.pwconv1.*", "stages.#.blocks.#.mlp.fc1.*"},
    {"stages.#.#.pwconv2.*", "stages.#.blocks.#.mlp.fc2.*"},
    {"norm.*", "head.norm.*"},
    {"*", "*"},
    {NULL, NULL},
};

static const NameScheme names[] = {
    {{"stem.0.weight", "stages.0.blocks.0.*"}, timm},
    {{"embeddings.patch_embeddings.weight", "encoder.stages.0.*"}, hugging_face},
    {{"downsample_layers.0.0.weight", "stages.0.0.*"}, original},
    {{NULL, NULL}, NULL},
};

const Backbone backbone_convnext = {
    .name = "convnext",
    .size = size_name,
    .options = &options,
    .option_bytes = sizeof(ConvnextOptions),
    .check = check,
    .new = new,
    .free = free_model,
    .shape = shape,
    .forward = forward,
    .names = names,
};
