/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a file, sizing a tower, filling it. */
#include "model/clip/clip_file.h"

#include "core/formats/tensor_set.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/clip/clip_folder.h"
#include "model/clip/clip_weights.h"

#include <string.h>

static int open_weights(const ClipOptions *o, TensorSet *set, Error *err)
{
    char *path;
    *set = (TensorSet){0};
    if (clip_folder_weights(o->weights, &path, err) != 0) return -1;
    int status = tensor_set_open(path, set, err);
    if (status == 0 && !clip_weights_has_text(set) && !clip_weights_has_image(set))
        status =
            error_set(err, ERROR_CHECKPOINT, "%s: no tower of CLIP inside: %lld other tensors",
                      path, (long long)set->count);
    mem_free(path);
    return status;
}

/* Of the options, of config.json, or guessed, in this order. */
static void settle_heads(const char *path, const char *tower, int64_t option,
                         const ClipSettings *said, ClipSizes *sizes)
{
    if (option > 0 && said->heads && said->heads != option)
        log_warn("clip.%s_heads: %lld, but config.json beside %s says %lld", tower,
                 (long long)option, path, (long long)said->heads);
    if (option > 0)
        sizes->heads = option;
    else if (said->heads)
        sizes->heads = said->heads;
    else if (sizes->width % 64)
        log_warn("%s: %s tower of width %lld: taken to have %lld heads; clip.%s_heads tells",
                 path, tower, (long long)sizes->width, (long long)sizes->heads, tower);
}

static void settle_activation(const char *path, const char *tower, enum ClipActivation option,
                              const ClipSettings *said, ClipSizes *sizes)
{
    const bool given = option != CLIP_ACTIVATION_AUTO;
    sizes->gelu = (given ? option : said->activation) == CLIP_ACTIVATION_GELU;
    if (given && said->activation != CLIP_ACTIVATION_AUTO && said->activation != option)
        log_warn("clip.activation: %s, but config.json beside %s says %s for the %s tower",
                 clip_activation_name(option), path,
                 clip_activation_name((int)said->activation), tower);
}

/* Applies what shapes do not tell of a tower. */
static int settle(const ClipOptions *o, const char *path, const char *tower, int64_t dim,
                  ClipSizes *sizes, Error *err)
{
    const long long width = sizes->width, embed = sizes->embed;
    const int64_t option = strcmp(tower, "text") == 0 ? o->text_heads : o->image_heads;
    ClipSettings said;
    if (clip_folder_settings(path, tower, &said, err) != 0) return -1;
    settle_heads(path, tower, option, &said, sizes);
    settle_activation(path, tower, (enum ClipActivation)o->activation, &said, sizes);
    if (width % sizes->heads)
        return error_set(err, option > 0 ? ERROR_USAGE : ERROR_DATA,
                         "clip.%s_heads: %lld%s: must divide the width %lld", tower,
                         (long long)sizes->heads, option > 0 ? "" : " in config.json", width);
    if (dim == 0 || dim == embed) return 0;
    return error_set(err, ERROR_DATA, "%s: features are %lld wide: model.text_width is %lld",
                     path, embed, (long long)dim);
}

static void report_unexpected(const TensorSet *set)
{
    const char *first;
    const int64_t n = clip_weights_unexpected(set, &first);
    if (n > 0)
        log_warn("%s: %lld tensors belong to no tower (%s ...)", set->path, (long long)n,
                 first);
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
    if (status == 0) status = settle(o, set.path, "text", dim, &c.sizes, err);
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
    if (there && status == 0) status = settle(o, set.path, "image", dim, &c.sizes, err);
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
