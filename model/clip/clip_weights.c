/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and loading the tensors of a tower. */
#include "model/clip/clip_weights.h"

#include "core/formats/name_prefix.h"
#include "core/mem.h"
#include "model/clip/clip_names.h"

#include <string.h>

enum { PARTS = 3, HEAD = 64, SIDE_MAX = 1 << 16 };

static bool is_hf(const TensorSet *set)
{
    static const char *const names[] = {"text_model.embeddings.token_embedding.weight",
                                        "text_model.final_layer_norm.weight",
                                        "vision_model.embeddings.class_embedding",
                                        "vision_model.embeddings.patch_embedding.weight"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found |= tensor_set_find(set, names[i]) >= 0;
    return found;
}

/* What every file of a tower has. The two towers may have different prefixes. */
static const NameScheme text_tower[] = {
    {{"ln_final.weight", "transformer.resblocks.0.*"}, NULL},
    {{"text_model.final_layer_norm.weight", NULL}, NULL},
    {{NULL, NULL}, NULL}};
static const NameScheme image_tower[] = {
    {{"visual.class_embedding", NULL}, NULL},
    {{"vision_model.embeddings.class_embedding", NULL}, NULL},
    {{NULL, NULL}, NULL}};

/* Whether a name, without its prefix, is one of the tower, or of neither. */
static bool is_of(const char *name, bool image)
{
    int64_t layer;
    const ClipName *row = clip_name_of(name, false, &layer);
    if (!row) row = clip_name_of(name, true, &layer);
    return row ? image == (strncmp(row->openai, "visual.", 7) == 0) : clip_name_is_unused(name);
}

static int rename_tower(TensorSet *set, const NameScheme *tower, Error *err)
{
    NamePrefix p;
    if (!name_prefix_find(set, tower, &p)) return 0;
    const int status = name_prefix_check(set, &p, err);
    for (int64_t i = 0; status == 0 && *p.text && i < set->count; i++) {
        const char *name = name_prefix_cut(p.text, set->entry[i].name);
        if (name && is_of(name, tower == image_tower)) set->entry[i].name = name;
    }
    name_prefix_free(&p);
    return status;
}

int clip_weights_rename(TensorSet *set, Error *err)
{
    if (rename_tower(set, text_tower, err) != 0 || rename_tower(set, image_tower, err) != 0)
        return -1;
    hash_map_free(&set->index);
    tensor_set_index(set);
    return 0;
}

static const char *pattern_of(const TensorSet *set, const ClipName *row)
{
    return is_hf(set) ? row->hf : row->openai;
}

/* The source of a parameter: tensors of the set, concatenated along the first axis. */
typedef struct Source {
    int64_t tensor[PARTS];
    int parts;
    bool transposed;
} Source;

static int find_source(const TensorSet *set, const char *parameter, Source *out, Error *err)
{
    int64_t layer;
    char name[CLIP_NAME];
    const ClipName *row = clip_name_find(parameter, &layer);
    CHECK(row, "%s is not in the table of names", parameter);
    const char *pattern = pattern_of(set, row);
    *out = (Source){.parts = strchr(pattern, '@') ? PARTS : 1,
                    .transposed = row->transposed && !is_hf(set)};
    for (int i = 0; i < out->parts; i++) {
        clip_name_expand(pattern, layer, "qkv"[i], name);
        out->tensor[i] = tensor_set_find(set, name);
        if (out->tensor[i] < 0)
            return error_set(err, ERROR_CHECKPOINT, "%s: %s is missing", set->path, name);
    }
    return 0;
}

/* The expected shape of a part: that of the parameter, a third of its rows, or its transpose.
 */
static Tensor part_shape(const Tensor *parameter, const Source *s)
{
    Tensor want = *parameter;
    want.shape[0] /= s->parts;
    if (!s->transposed) return want;
    want.shape[0] = parameter->shape[1];
    want.shape[1] = parameter->shape[0];
    return want;
}

static int check_shape(const TensorSet *set, const TensorEntry *e, const Tensor *want,
                       Error *err)
{
    if (e->opaque) return tensor_set_read(set, e - set->entry, NULL, err); /* says why */
    bool same = e->ndim == want->ndim;
    for (int i = 0; same && i < e->ndim; i++) same = e->shape[i] == want->shape[i];
    if (same) return 0;
    char have_text[192], want_text[96];
    return error_set(err, ERROR_CHECKPOINT, "%s: %s: shape %s, its tower has %s", set->path,
                     e->name, tensor_set_shape_text(e, have_text),
                     tensor_shape_text(want, want_text));
}

/* Checks that every part exists and has the expected shape. */
static int check(const TensorSet *set, const Param *p, Error *err)
{
    Source s;
    if (find_source(set, p->name, &s, err) != 0) return -1;
    const Tensor part = part_shape(&p->tensor, &s);
    for (int i = 0; i < s.parts; i++)
        if (check_shape(set, &set->entry[s.tensor[i]], &part, err) != 0) return -1;
    return 0;
}

/* in [R, C] -> out [C, R] */
static void transpose(int64_t R, int64_t C, const float *in, float *out)
{
    for (int64_t r = 0; r < R; r++)
        for (int64_t c = 0; c < C; c++) out[c * R + r] = in[r * C + c];
}

static int load(const TensorSet *set, Param *p, Error *err)
{
    Source s;
    int status = find_source(set, p->name, &s, err);
    CHECK(status == 0, "%s: not checked", p->name);
    const int64_t len = p->len / s.parts;
    float *values = mem_alloc((size_t)p->len * sizeof *values), *transposed = NULL;
    for (int i = 0; status == 0 && i < s.parts; i++)
        status = tensor_set_read(set, s.tensor[i], values + i * len, err);
    if (status == 0 && s.transposed) {
        transposed = mem_alloc((size_t)p->len * sizeof *transposed);
        transpose(p->tensor.shape[1], p->tensor.shape[0], values, transposed);
    }
    if (status == 0) tensor_write(&p->tensor, transposed ? transposed : values);
    mem_free(transposed);
    mem_free(values);
    return status;
}

int clip_weights_load(const TensorSet *set, ParamSet *ps, Error *err)
{
    for (int64_t i = 0; i < ps->count; i++)
        if (check(set, ps->param[i], err) != 0) return -1;
    param_set_build_frozen(ps);
    for (int64_t i = 0; i < ps->count; i++)
        if (load(set, ps->param[i], err) != 0) return -1;
    return 0;
}

/* ---- the contents of a set ----------------------------------------------------------- */

bool clip_weights_has_text(const TensorSet *set)
{
    Source s;
    return find_source(set, "ln_final.weight", &s, NULL) == 0;
}

bool clip_weights_has_image(const TensorSet *set)
{
    Source s;
    return find_source(set, "visual.class_embedding", &s, NULL) == 0;
}

int64_t clip_weights_unexpected(const TensorSet *set, const char **first)
{
    const bool hf = is_hf(set);
    int64_t n = 0, layer;
    *first = NULL;
    for (int64_t i = 0; i < set->count; i++) {
        const char *name = set->entry[i].name;
        if (set->entry[i].opaque || clip_name_of(name, hf, &layer) || clip_name_is_unused(name))
            continue;
        if (n++ == 0) *first = name;
    }
    return n;
}

/* One plus the highest layer number in the tower's names. */
static int64_t count_layers(const TensorSet *set, bool image)
{
    const bool hf = is_hf(set);
    int64_t layers = 0, layer;
    for (int64_t i = 0; i < set->count; i++) {
        const ClipName *row = clip_name_of(set->entry[i].name, hf, &layer);
        if (row && image == (strncmp(row->openai, "visual.", 7) == 0) && layer >= layers)
            layers = layer + 1;
    }
    return layers;
}

/* The length of an axis of a parameter with `ndim` axes. On failure the result is 0 and err is
 * set; err may already hold an error. */
static int64_t axis_of(const TensorSet *set, const char *parameter, int ndim, int axis,
                       Error *err)
{
    Source s;
    char text[192];
    if (find_source(set, parameter, &s, err) != 0) return 0;
    const TensorEntry *e = &set->entry[s.tensor[0]];
    if (e->ndim == ndim) return e->shape[s.transposed ? 1 - axis : axis];
    error_set(err, ERROR_CHECKPOINT, "%s: %s: shape %s, expected %d axes", set->path, e->name,
              tensor_set_shape_text(e, text), ndim);
    return 0;
}

static int64_t heads_of(int64_t width) { return width < HEAD ? 1 : width / HEAD; }

/* Passes on the error of axis_of or, if status is not 0, of the check of the sizes. */
static int finish(const TensorSet *set, const Error *why, int status, Error *err)
{
    if (why->code == 0) return 0;
    error_set(err, ERROR_CHECKPOINT, "%s", why->text);
    return status == 0 ? -1 : error_prefix(err, "%s", set->path);
}

int clip_weights_text(const TensorSet *set, ClipTextConfig *out, Error *err)
{
    Error why = {0};
    const int64_t width = axis_of(set, "ln_final.weight", 1, 0, &why);
    *out = (ClipTextConfig){
        .sizes = {.width = width,
                  .layers = count_layers(set, false),
                  .heads = heads_of(width),
                  .ffn = axis_of(set, "transformer.resblocks.0.mlp.c_fc.weight", 2, 0, &why),
                  .embed = axis_of(set, "text_projection", 2, 0, &why)},
        .vocabulary = axis_of(set, "token_embedding.weight", 2, 0, &why),
        .context = axis_of(set, "positional_embedding", 2, 0, &why),
    };
    return finish(set, &why, why.code ? 0 : clip_text_check(out, &why), err);
}

/* Image side for a square map of this many patches of `patch` pixels; 0 if the map is not
 * square. */
static int64_t image_size(int64_t patch, int64_t patches)
{
    int64_t side = 0;
    while (side < SIDE_MAX && side * side < patches) side++;
    return side * side == patches && patch < SIDE_MAX ? patch * side : 0;
}

int clip_weights_image(const TensorSet *set, ClipImageConfig *out, Error *err)
{
    Error why = {0};
    const int64_t width = axis_of(set, "visual.class_embedding", 1, 0, &why);
    const int64_t patch = axis_of(set, "visual.conv1.weight", 4, 3, &why);
    const int64_t positions = axis_of(set, "visual.positional_embedding", 2, 0, &why);
    *out = (ClipImageConfig){
        .sizes = {.width = width,
                  .layers = count_layers(set, true),
                  .heads = heads_of(width),
                  .ffn = axis_of(set, "visual.transformer.resblocks.0.mlp.c_fc.weight", 2, 0,
                                 &why),
                  .embed = axis_of(set, "visual.proj", 2, 0, &why)},
        .patch = patch,
        .image_size = image_size(patch, positions - 1),
    };
    return finish(set, &why, why.code ? 0 : clip_image_check(out, &why), err);
}
