/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file, inferring the sizes of a tower, loading its parameters. */
#include "model/clip/clip_file.h"

#include "core/formats/tensor_set.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/clip/clip_config.h"
#include "model/clip/clip_folder.h"
#include "model/clip/clip_weights.h"

#include <math.h>
#include <string.h>

static int open_weights(const ClipOptions *o, TensorSet *set, Error *err)
{
    char *path;
    *set = (TensorSet){0};
    if (clip_folder_weights(o->weights, &path, err) != 0) return -1;
    int status = tensor_set_open(path, set, err);
    if (status == 0) status = clip_weights_rename(set, err);
    if (status == 0 && !clip_weights_has_text(set) && !clip_weights_has_image(set))
        status = error_set(err, ERROR_CHECKPOINT,
                           "%s: no CLIP tower found among %ld tensors: the file has '%.200s', "
                           "a tower has 'ln_final.weight' or 'visual.class_embedding'",
                           path, set->count, set->count ? set->entry[0].name : "none");
    if (status == 0 && set->where) log_info("%s: %s", path, set->where);
    mem_free(path);
    return status;
}

/* Takes the number of heads from the options, from config.json or from the width, in this
 * order. */
static void choose_heads(const char *path, const char *tower, int64_t option,
                         const ClipSettings *config, ClipSizes *sizes)
{
    if (option > 0 && config->heads && config->heads != option)
        log_warn("clip.%s_heads: %ld, but %s next to %s says %ld", tower, option, config->file,
                 path, config->heads);
    if (option > 0)
        sizes->heads = option;
    else if (config->heads)
        sizes->heads = config->heads;
    else if (sizes->width % 64)
        log_warn("%s: %s tower of width %ld: assuming %ld heads; set clip.%s_heads", path,
                 tower, sizes->width, sizes->heads, tower);
}

static void choose_activation(const char *path, const char *tower, enum ClipActivation option,
                              const ClipSettings *config, ClipSizes *sizes)
{
    const bool given = option != CLIP_ACTIVATION_AUTO;
    sizes->gelu = (given ? option : config->activation) == CLIP_ACTIVATION_GELU;
    if (given && config->activation != CLIP_ACTIVATION_AUTO && config->activation != option)
        log_warn("clip.activation: %s, but %s next to %s says %s for the %s tower",
                 clip_activation_name(option), config->file, path,
                 clip_activation_name((int)config->activation), tower);
    if (!given && config->activation == CLIP_ACTIVATION_AUTO)
        log_warn("%s: %s tower: assuming the activation quick_gelu of OpenAI's models, because "
                 "no configuration is next to the weights; set clip.activation",
                 path, tower);
}

/* Sets the sizes of a tower that do not follow from shapes, and checks its width. */
static int complete_sizes(const ClipOptions *o, const char *path, const char *tower,
                          int64_t dim, ClipSizes *sizes, Error *err)
{
    const int64_t width = sizes->width, embed = sizes->embed;
    const int64_t option = strcmp(tower, "text") == 0 ? o->text_heads : o->image_heads;
    ClipSettings config;
    if (clip_config_read(path, tower, &config, err) != 0) return -1;
    choose_heads(path, tower, option, &config, sizes);
    choose_activation(path, tower, (enum ClipActivation)o->activation, &config, sizes);
    sizes->eps = config.eps;
    if (width % sizes->heads)
        return error_set(err, option > 0 ? ERROR_USAGE : ERROR_DATA,
                         "clip.%s_heads: %ld%s%s: must divide the width %ld", tower,
                         sizes->heads, option > 0 || !config.file ? "" : " in ",
                         option > 0 || !config.file ? "" : config.file, width);
    if (dim == 0 || dim == embed) return 0;
    return error_set(err, ERROR_DATA, "%s: features of width %ld, but model.text_width is %ld",
                     path, embed, dim);
}

static void report_unexpected(const TensorSet *set)
{
    const char *first;
    const int64_t n = clip_weights_unexpected(set, &first);
    if (n > 0) log_warn("%s: %ld tensors belong to no tower (%s ...)", set->path, n, first);
}

int clip_file_text(const ClipOptions *o, int64_t dim, ParamSet **params, ClipText **out,
                   Error *err)
{
    TensorSet set;
    ClipTextConfig c;
    *params = NULL;
    *out = NULL;
    int status = open_weights(o, &set, err);
    if (status == 0) status = clip_weights_text(&set, &c, err);
    if (status == 0) status = complete_sizes(o, set.path, "text", dim, &c.sizes, err);
    if (status == 0) {
        report_unexpected(&set);
        *params = param_set_new();
        *out = clip_text_new(&c, *params);
        status = clip_weights_load(&set, *params, err);
    }
    if (status != 0) {
        clip_text_free(*out);
        param_set_free(*params);
        *out = NULL;
        *params = NULL;
    }
    tensor_set_close(&set);
    return status;
}

bool clip_file_is(const char *path)
{
    TensorSet set;
    if (tensor_set_open(path, &set, NULL) != 0) return false;
    const bool both = clip_weights_rename(&set, NULL) == 0 && clip_weights_has_text(&set) &&
                      clip_weights_has_image(&set);
    tensor_set_close(&set);
    return both;
}

int clip_file_scale(const ClipOptions *o, double *out, Error *err)
{
    TensorSet set;
    float value = 0;
    *out = 100;
    int status = open_weights(o, &set, err);
    const int64_t at = status == 0 ? tensor_set_find(&set, "logit_scale") : -1;
    if (status == 0 && at < 0)
        log_warn("%s: no logit_scale: assuming 100", set.path);
    else if (status == 0 && set.entry[at].len != 1)
        status = error_set(err, ERROR_DATA, "%s: logit_scale: not one number", set.path);
    else if (status == 0)
        status = tensor_set_read(&set, at, &value, err);
    if (status == 0 && at >= 0) *out = exp((double)value);
    tensor_set_close(&set);
    return status;
}

int clip_file_image(const ClipOptions *o, int64_t dim, ParamSet **params, ClipImage **out,
                    Error *err)
{
    TensorSet set;
    ClipImageConfig c;
    *params = NULL;
    *out = NULL;
    int status = open_weights(o, &set, err);
    const bool there = status == 0 && clip_weights_has_image(&set);
    if (there) status = clip_weights_image(&set, &c, err);
    if (there && status == 0) status = complete_sizes(o, set.path, "image", dim, &c.sizes, err);
    if (there && status == 0) {
        *params = param_set_new();
        *out = clip_image_new(&c, *params);
        status = clip_weights_load(&set, *params, err);
    }
    if (status != 0) {
        clip_image_free(*out);
        param_set_free(*params);
        *out = NULL;
        *params = NULL;
    }
    tensor_set_close(&set);
    return status;
}
