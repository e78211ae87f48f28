/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of CLIP. */
#include "model/clip/clip_config.h"

#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "model/clip/clip_folder.h"

#include <string.h>

enum { CONFIG_BYTES_MAX = 1 << 20, HEADS_MAX = 1024 };

/* Names of a tower in both configurations, and the defaults. */
typedef struct Tower {
    const char *name;
    const char *part, *alone; /* Hugging Face */
    const char *open_part;    /* open_clip */
    int64_t heads, width;
} Tower;

static const Tower towers[] = {
    {"text", "text_config", "clip_text_model", "text_cfg", 8, 512},
    {"image", "vision_config", "clip_vision_model", "vision_cfg", 12, 768},
};

/* A configuration while it is read; `part` names an object in it, for messages. */
typedef struct Reader {
    const char *path, *part;
    Error *err;
} Reader;

static int refuse(const Reader *r, const char *key, const char *why)
{
    return error_set(r->err, ERROR_DATA, "%s: %s: %s: %s", r->path, r->part, key, why);
}

/* A whole number from 1 to max, or `other` if the key is missing; 0 on failure. */
static int64_t read_size(const Reader *r, const json_t *o, const char *key, int64_t other,
                         int64_t max)
{
    const json_t *value = json_object_get(o, key);
    const int64_t n = value ? json_integer_value(value) : other; /* 0 if it is not a number */
    if (n > 0 && n <= max) return n;
    error_set(r->err, ERROR_DATA, "%s: %s: %s: expected 1 to %ld", r->path, r->part, key, max);
    return 0;
}

static int read_eps(const Reader *r, const json_t *o, const char *key, double *out)
{
    const json_t *value = json_object_get(o, key);
    *out = value ? json_number_value(value) : 1e-5; /* 0 if it is not a number */
    return *out > 0 && *out < 1 ? 0 : refuse(r, key, "expected a number between 0 and 1");
}

/* ---- Hugging Face ------------------------------------------------------------------------ */

static int read_activation(const Reader *r, const json_t *tower, enum ClipActivation *out)
{
    const json_t *act = json_object_get(tower, "hidden_act");
    const char *name = act ? json_string_value(act) : "quick_gelu";
    for (int i = CLIP_ACTIVATION_QUICK_GELU; name && clip_activation_name(i); i++)
        if (strcmp(name, clip_activation_name(i)) == 0) {
            *out = (enum ClipActivation)i;
            return 0;
        }
    return error_set(r->err, ERROR_DATA,
                     "%s: %s: hidden_act: %.40s: expected quick_gelu or gelu", r->path, r->part,
                     name ? name : "no text");
}

static int read_hugging_face(Reader *r, const Tower *t, const json_t *config, ClipSettings *out)
{
    /* a part of the configuration of CLIP, or all of it if it describes only this tower */
    const json_t *tower = json_object_get(config, t->part);
    const char *type = json_string_value(json_object_get(config, "model_type"));
    if (!json_is_object(tower)) tower = type && strcmp(type, t->alone) == 0 ? config : NULL;
    if (!tower) return 0;
    r->part = t->part;
    out->heads = read_size(r, tower, "num_attention_heads", t->heads, HEADS_MAX);
    if (out->heads == 0 || read_activation(r, tower, &out->activation) != 0) return -1;
    return read_eps(r, tower, "layer_norm_eps", &out->eps);
}

/* ---- open_clip --------------------------------------------------------------------------- */

/* Settings of a tower that change what is computed, and the value that is computed here. */
static const struct {
    const char *key, *value;
} only[] = {
    {"pool_type", "tok"}, /* of images */
    {"pool_type", "argmax"},
    {"pool_type", "eos"}, /* of texts: the last token has the highest number */
    {"no_causal_mask", "false"},
    {"no_ln_pre", "false"},
    {"attentional_pool", "false"},
    {"global_average_pool", "false"},
    {"input_patchnorm", "false"},
    {"ls_init_value", "null"},
};

static bool is_value(const json_t *value, const char *text)
{
    if (json_is_string(value)) return strcmp(json_string_value(value), text) == 0;
    return json_is_null(value) || (json_is_false(value) && strcmp(text, "false") == 0);
}

static int check_only(const Reader *r, const json_t *tower)
{
    for (size_t i = 0; i < sizeof only / sizeof *only; i++) {
        const json_t *value = json_object_get(tower, only[i].key);
        bool fits = !value;
        for (size_t k = 0; !fits && k < sizeof only / sizeof *only; k++)
            fits = strcmp(only[k].key, only[i].key) == 0 && is_value(value, only[k].value);
        if (!fits) return refuse(r, only[i].key, "a model that is not computed here");
    }
    const json_t *act = json_object_get(tower, "act_kwargs");
    if (json_object_size(act) == 0) return 0;
    return refuse(r, "act_kwargs", "a model that is not computed here");
}

static int read_open_heads(const Reader *r, const Tower *t, const json_t *tower, int64_t *out)
{
    *out = 0;
    if (strcmp(t->name, "text") == 0) {
        *out = read_size(r, tower, "heads", t->heads, HEADS_MAX);
        return *out ? 0 : -1;
    }
    const int64_t width = read_size(r, tower, "width", t->width, 1 << 20);
    const int64_t head = width ? read_size(r, tower, "head_width", 64, 1 << 20) : 0;
    if (!head) return -1;
    *out = width / head;
    return *out > 0 && width % head == 0 ? 0 : refuse(r, "head_width", "must divide the width");
}

static int read_open_clip(Reader *r, const Tower *t, const json_t *config, ClipSettings *out)
{
    const json_t *model = json_object_get(config, "model_cfg");
    if (!model) model = config; /* as in open_clip's own folder of configurations */
    const json_t *tower = json_object_get(model, t->open_part);
    if (!json_is_object(tower)) return 0;
    r->part = t->open_part;
    if (check_only(r, tower) != 0 || read_open_heads(r, t, tower, &out->heads) != 0) return -1;
    out->activation = json_is_true(json_object_get(model, "quick_gelu"))
                          ? CLIP_ACTIVATION_QUICK_GELU
                          : CLIP_ACTIVATION_GELU;
    return read_eps(r, json_object_get(tower, "norm_kwargs"), "eps", &out->eps);
}

/* ---- both -------------------------------------------------------------------------------- */

typedef struct Format {
    const char *file;
    int (*read)(Reader *r, const Tower *t, const json_t *config, ClipSettings *out);
} Format;

static const Format formats[] = {{"config.json", read_hugging_face},
                                 {"open_clip_config.json", read_open_clip}};

/* Reads one configuration if it is there; whether it has the tower shows in out->heads. */
static int read_one(const Format *f, const char *folder, const Tower *t, ClipSettings *out,
                    Error *err)
{
    char *path = file_join(folder, f->file);
    int status = 0;
    if (file_exists(path)) {
        json_t *config = json_read(path, CONFIG_BYTES_MAX, err);
        status = config ? f->read(&(Reader){path, "", err}, t, config, out) : -1;
        json_decref(config);
    }
    if (out->heads) out->file = f->file;
    mem_free(path);
    return status;
}

int clip_config_read(const char *weights, const char *tower, ClipSettings *out, Error *err)
{
    const Tower *t = &towers[strcmp(tower, towers[0].name) == 0 ? 0 : 1];
    CHECK(strcmp(tower, t->name) == 0, "tower %s", tower);
    const char *slash = strrchr(weights, '/'), *name = slash ? slash + 1 : weights;
    const int first = strncmp(name, "open_clip", 9) == 0;
    char *folder = file_folder(weights);
    *out = (ClipSettings){0};
    int status = read_one(&formats[first], folder, t, out, err);
    if (status == 0 && !out->heads) status = read_one(&formats[!first], folder, t, out, err);
    mem_free(folder);
    return status;
}
