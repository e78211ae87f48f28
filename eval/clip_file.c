/* Opening a file, sizing a tower, filling it. */
#include "eval/clip_file.h"

#include "core/log.h"
#include "core/tensor_set.h"
#include "model/clip_weights.h"

static int open_weights(const ClipOptions *o, TensorSet *set, Error *err)
{
    *set = (TensorSet){0};
    if (!o->weights || !*o->weights)
        return error_set(
            err, EXIT_USAGE,
            "clip.weights: not set: name the file of CLIP's weights (.safetensors, .pth)");
    if (tensor_set_open(o->weights, set, err) != 0) return -1;
    if (clip_weights_has_text(set) || clip_weights_has_image(set)) return 0;
    return error_set(err, EXIT_CHECKPOINT, "%s: no tower of CLIP inside: %lld other tensors",
                     o->weights, (long long)set->count);
}

/* Applies what the user says of a tower. */
static int settle(const ClipOptions *o, const char *tower, int64_t heads, int64_t dim,
                  ClipSizes *sizes, Error *err)
{
    const long long width = sizes->width, embed = sizes->embed;
    sizes->gelu = o->gelu;
    if (heads > 0)
        sizes->heads = heads;
    else if (width % 64)
        log_warn("%s: %s tower of width %lld: taken to have %lld heads; clip.%s_heads tells",
                 o->weights, tower, width, (long long)sizes->heads, tower);
    if (width % sizes->heads)
        return error_set(err, EXIT_USAGE, "clip.%s_heads: %lld: must divide the width %lld",
                         tower, (long long)sizes->heads, width);
    if (dim == 0 || dim == embed) return 0;
    return error_set(err, EXIT_DATA, "%s: features are %lld wide: model.text_width is %lld",
                     o->weights, embed, (long long)dim);
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
    if (status == 0) status = settle(o, "text", o->text_heads, dim, &c.sizes, err);
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
    if (there && status == 0) status = settle(o, "image", o->image_heads, dim, &c.sizes, err);
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
