/* SPDX-License-Identifier: Apache-2.0 */
/* Names, sizes and values of the tensors. */
#include "model/clip/siglip_file.h"

#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "model/clip/clip_folder.h"

#include <math.h>
#include <string.h>

enum { SIDE_MAX = 1 << 12, CONFIG_MAX = 1 << 20, PARTS = 3 };

#define TEXT  "text_model."
#define IMAGE "vision_model."

/* Endings of a block's parameters, and of their tensors; @ stands for q, k and v. */
static const struct {
    const char *own, *file;
} endings[] = {
    {".ln_1.weight", ".layer_norm1.weight"},
    {".ln_1.bias", ".layer_norm1.bias"},
    {".ln_2.weight", ".layer_norm2.weight"},
    {".ln_2.bias", ".layer_norm2.bias"},
    {".attn.in_proj_weight", ".self_attn.@_proj.weight"},
    {".attn.in_proj_bias", ".self_attn.@_proj.bias"},
    {".attn.out_proj.weight", ".self_attn.out_proj.weight"},
    {".attn.out_proj.bias", ".self_attn.out_proj.bias"},
    {".mlp.c_fc.weight", ".mlp.fc1.weight"},
    {".mlp.c_fc.bias", ".mlp.fc1.bias"},
    {".mlp.c_proj.weight", ".mlp.fc2.weight"},
    {".mlp.c_proj.bias", ".mlp.fc2.bias"},
};

/* The name of part `part` of a parameter's tensors; *parts: their number. Owned. */
static char *name_of(const char *parameter, int part, int *parts)
{
    *parts = 1;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(parameter), m = strlen(endings[i].own);
        if (n < m || strcmp(parameter + n - m, endings[i].own) != 0) continue;
        char *name = mem_format("%.*s%s", (int)(n - m), parameter, endings[i].file);
        char *hole = strchr(name, '@');
        if (hole) *parts = PARTS, *hole = "qkv"[part];
        return name;
    }
    return mem_strdup(parameter);
}

/* ---- reading ---------------------------------------------------------------------------- */

static int open_weights(const ClipOptions *o, TensorSet *set, Error *err)
{
    char *path;
    *set = (TensorSet){0};
    if (clip_folder_weights(o->weights, &path, err) != 0) return -1;
    const int status = tensor_set_open(path, set, err);
    mem_free(path);
    return status;
}

static bool has_both(const TensorSet *set)
{
    return tensor_set_find(set, IMAGE "head.probe") >= 0 &&
           tensor_set_find(set, TEXT "head.weight") >= 0;
}

bool siglip_file_is(const char *path)
{
    TensorSet set;
    if (tensor_set_open(path, &set, NULL) != 0) return false;
    const bool both = has_both(&set);
    tensor_set_close(&set);
    return both;
}

/* The tensor of a part of a parameter, which has `parts` of them; -1 and the error if it is
 * missing or has another shape. */
static int64_t find_part(const TensorSet *set, const char *name, const Param *p, int parts,
                         Error *err)
{
    const int64_t at = tensor_set_find(set, name), row = p->len / p->tensor.shape[0];
    if (at < 0) {
        error_set(err, ERROR_CHECKPOINT, "%s: %s is missing", set->path, name);
        return -1;
    }
    const TensorEntry *e = &set->entry[at];
    const int64_t rows = e->ndim > 1 && e->shape[0] > 1 ? e->len / e->shape[0] : row;
    if (e->len * parts == p->len && rows == row) return at;
    char have[192], want[96];
    error_set(err, ERROR_CHECKPOINT, "%s: %s: shape %s, its tower has %s", set->path, name,
              tensor_set_shape_text(e, have), tensor_shape_text(&p->tensor, want));
    return -1;
}

/* Checks all parts of a parameter, and reads them unless values is NULL. */
static int take_param(const TensorSet *set, const Param *p, float *values, Error *err)
{
    int parts = 1;
    for (int i = 0; i < parts; i++) {
        char *name = name_of(p->name, i, &parts);
        const int64_t at = find_part(set, name, p, parts, err);
        mem_free(name);
        if (at < 0) return -1;
        if (values && tensor_set_read(set, at, values + i * (p->len / parts), err) != 0)
            return -1;
    }
    return 0;
}

/* All shapes are checked before anything is allocated. */
static int read_all(const TensorSet *set, ParamSet *ps, Error *err)
{
    int status = 0;
    for (int64_t i = 0; i < ps->count; i++)
        if (take_param(set, ps->param[i], NULL, err) != 0) return -1;
    param_set_build_frozen(ps);
    for (int64_t i = 0; status == 0 && i < ps->count; i++) {
        Param *p = ps->param[i];
        float *values = mem_alloc((size_t)p->len * sizeof *values);
        status = take_param(set, p, values, err);
        if (status == 0) tensor_write(&p->tensor, values);
        mem_free(values);
    }
    return status;
}

/* ---- sizes ------------------------------------------------------------------------------ */

/* Axis `axis` of a tensor of at least that many axes. -1 and the error, the first one: it is
 * missing or has another shape. */
static int64_t axis_of(const TensorSet *set, const char *name, int axis, Error *err)
{
    const int64_t at = tensor_set_find(set, name);
    if (at >= 0 && set->entry[at].ndim > axis) return set->entry[at].shape[axis];
    error_set(err, ERROR_CHECKPOINT, "%s: %s is missing or has too few axes", set->path, name);
    return -1;
}

static int64_t count_layers(const TensorSet *set, const char *tower)
{
    int64_t n = 0;
    for (bool found = true; found && n <= set->count; n += found) {
        char *name = mem_format("%sencoder.layers.%ld.layer_norm1.weight", tower, n);
        found = tensor_set_find(set, name) >= 0;
        mem_free(name);
    }
    return n;
}

/* num_attention_heads of a tower in the config.json next to the weights; 0: not there. */
static int64_t heads_in_config(const char *weights, const char *key)
{
    char *folder = file_folder(weights), *path = file_join(folder, "config.json");
    json_t *all = file_exists(path) ? json_read(path, CONFIG_MAX, NULL) : NULL;
    const json_t *heads = json_object_get(json_object_get(all, key), "num_attention_heads");
    const int64_t n = json_is_integer(heads) ? json_integer_value(heads) : 0;
    json_decref(all);
    mem_free(path);
    mem_free(folder);
    return n;
}

/* Of the released models, whose heads have 64 channels but for so400m's 72; 0: another
 * width. */
static int64_t heads_by_width(int64_t width)
{
    if (width < 64) return 1;
    return width == 1152 ? 16 : width % 64 == 0 ? width / 64 : 0;
}

static ClipSizes sizes_of(const TensorSet *set, const char *tower, const char *key,
                          int64_t option, Error *err)
{
    char *norm = mem_format("%sencoder.layers.0.layer_norm1.weight", tower),
         *ffn = mem_format("%sencoder.layers.0.mlp.fc1.weight", tower);
    ClipSizes s = {.width = axis_of(set, norm, 0, err),
                   .layers = count_layers(set, tower),
                   .ffn = axis_of(set, ffn, 0, err),
                   .gelu_tanh = true,
                   .eps = 1e-6};
    s.heads = option > 0 ? option : heads_in_config(set->path, key);
    if (s.heads <= 0) s.heads = heads_by_width(s.width);
    s.embed = s.width;
    mem_free(ffn);
    mem_free(norm);
    return s;
}

static int finish(const TensorSet *set, int status, const Error *why, Error *err)
{
    if (status == 0 && !why->code) return 0;
    error_move(err, why);
    return why->code == ERROR_DATA ? error_prefix(err, "%s", set->path) : -1;
}

static int text_sizes(const TensorSet *set, const ClipOptions *o, int64_t dim,
                      ClipTextConfig *out, Error *err)
{
    Error why = {0};
    *out = (ClipTextConfig){
        .sizes = sizes_of(set, TEXT, "text_config", o->text_heads, &why),
        .vocabulary = axis_of(set, TEXT "embeddings.token_embedding.weight", 0, &why),
        .context = axis_of(set, TEXT "embeddings.position_embedding.weight", 0, &why)};
    out->sizes.embed = axis_of(set, TEXT "head.weight", 0, &why);
    if (finish(set, why.code ? -1 : clip_text_check(out, &why), &why, err) != 0) return -1;
    if (dim == 0 || dim == out->sizes.embed) return 0;
    return error_set(err, ERROR_DATA, "%s: features of width %ld, but model.text_width is %ld",
                     set->path, out->sizes.embed, dim);
}

static int image_sizes(const TensorSet *set, const ClipOptions *o, ClipImageConfig *out,
                       Error *err)
{
    Error why = {0};
    int64_t side = 0;
    const int64_t positions =
        axis_of(set, IMAGE "embeddings.position_embedding.weight", 0, &why);
    const int64_t patch = axis_of(set, IMAGE "embeddings.patch_embedding.weight", 3, &why);
    while (side < SIDE_MAX && side * side < positions) side++;
    *out = (ClipImageConfig){
        .sizes = sizes_of(set, IMAGE, "vision_config", o->image_heads, &why),
        .patch = patch,
        .image_size = side * side == positions && patch < SIDE_MAX ? side * patch : 0};
    return finish(set, why.code ? -1 : clip_image_check(out, &why), &why, err);
}

/* ---- towers ----------------------------------------------------------------------------- */

int siglip_file_text(const ClipOptions *o, int64_t dim, ParamSet **params, SiglipText **out,
                     Error *err)
{
    TensorSet set;
    ClipTextConfig c;
    *params = NULL;
    *out = NULL;
    int status = open_weights(o, &set, err);
    if (status == 0) status = text_sizes(&set, o, dim, &c, err);
    if (status == 0) {
        *params = param_set_new();
        *out = siglip_text_new(&c, *params);
        status = read_all(&set, *params, err);
    }
    tensor_set_close(&set);
    if (status == 0) return 0;
    siglip_text_free(*out);
    param_set_free(*params);
    *out = NULL;
    *params = NULL;
    return -1;
}

int siglip_file_image(const ClipOptions *o, ParamSet **params, SiglipImage **out, Error *err)
{
    TensorSet set;
    ClipImageConfig c;
    *params = NULL;
    *out = NULL;
    int status = open_weights(o, &set, err);
    if (status == 0) status = image_sizes(&set, o, &c, err);
    if (status == 0) {
        *params = param_set_new();
        *out = siglip_image_new(&c, *params);
        status = read_all(&set, *params, err);
    }
    tensor_set_close(&set);
    if (status == 0) return 0;
    siglip_image_free(*out);
    param_set_free(*params);
    *out = NULL;
    *params = NULL;
    return -1;
}

static int read_number(const TensorSet *set, const char *name, double *out, Error *err)
{
    float value;
    const int64_t at = tensor_set_find(set, name);
    if (at < 0 || set->entry[at].len != 1)
        return error_set(err, ERROR_CHECKPOINT, "%s: %s: missing, or not one number", set->path,
                         name);
    if (tensor_set_read(set, at, &value, err) != 0) return -1;
    *out = (double)value;
    return 0;
}

int siglip_file_sigmoid(const ClipOptions *o, double *scale, double *bias, Error *err)
{
    TensorSet set;
    int status = open_weights(o, &set, err);
    if (status == 0) status = read_number(&set, "logit_scale", scale, err);
    if (status == 0) status = read_number(&set, "logit_bias", bias, err);
    if (status == 0) *scale = exp(*scale);
    tensor_set_close(&set);
    return status;
}
