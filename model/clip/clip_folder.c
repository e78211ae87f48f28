/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the folder of CLIP's weights. */
#include "model/clip/clip_folder.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_BYTES_MAX = 1 << 20, HEADS_MAX = 1024 };

static const char *const weight_names[] = {"model.safetensors", "pytorch_model.bin", NULL};
static const char *const merge_names[] = {"merges.txt", "bpe_simple_vocab_16e6.txt.gz", NULL};

/* The path of the first of these files that exists in the folder. Owned; NULL if none exists.
 */
static char *first_of(const char *folder, const char *const *name)
{
    for (; *name; name++) {
        char *path = file_join(folder, *name);
        if (file_exists(path)) return path;
        mem_free(path);
    }
    return NULL;
}

/* The folder of a file. Owned. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? mem_format("%.*s", (int)(slash + 1 - path), path) : mem_strdup(".");
}

int clip_folder_weights(const char *path, char **out, Error *err)
{
    *out = NULL;
    if (!path || !*path)
        return error_set(
            err, ERROR_USAGE,
            "clip.weights: not set: name the file of CLIP's weights (.safetensors, "
            ".pth, .pt) or its folder");
    if (!file_is_dir(path)) {
        char first;
        if (file_head(path, &first, 1, err) != 0) return -1;
        *out = mem_strdup(path);
        return 0;
    }
    *out = first_of(path, weight_names);
    if (*out) return 0;
    return error_set(err, ERROR_DATA, "%s: neither %s nor %s in this folder", path,
                     weight_names[0], weight_names[1]);
}

char *clip_folder_merges(const char *weights)
{
    char *folder = folder_of(weights), *merges = first_of(folder, merge_names);
    mem_free(folder);
    return merges;
}

/* ---- config.json --------------------------------------------------------------------- */

/* Names of a tower in config.json, and Hugging Face's default number of heads. */
typedef struct Tower {
    const char *name, *part, *alone;
    int64_t heads;
} Tower;

static const Tower towers[] = {
    {"text", "text_config", "clip_text_model", 8},
    {"image", "vision_config", "clip_vision_model", 12},
};

/* The object that describes the tower: a part of the configuration of CLIP, or all of it if the
 * file describes only this tower. NULL if it describes another model. */
static const json_t *find_tower(const json_t *config, const Tower *t)
{
    const json_t *part = json_object_get(config, t->part);
    const char *type = json_string_value(json_object_get(config, "model_type"));
    if (json_is_object(part)) return part;
    return type && strcmp(type, t->alone) == 0 ? config : NULL;
}

static int read_heads(const char *path, const Tower *t, const json_t *tower, int64_t *out,
                      Error *err)
{
    const json_t *heads = json_object_get(tower, "num_attention_heads");
    *out = heads ? json_integer_value(heads) : t->heads; /* 0 if it is not a number */
    if (*out > 0 && *out <= HEADS_MAX) return 0;
    return error_set(err, ERROR_DATA, "%s: %s: num_attention_heads: expected 1 to %d", path,
                     t->part, HEADS_MAX);
}

static int read_activation(const char *path, const Tower *t, const json_t *tower,
                           enum ClipActivation *out, Error *err)
{
    const json_t *act = json_object_get(tower, "hidden_act");
    const char *name = act ? json_string_value(act) : "quick_gelu";
    for (int i = CLIP_ACTIVATION_QUICK_GELU; name && clip_activation_name(i); i++)
        if (strcmp(name, clip_activation_name(i)) == 0) {
            *out = (enum ClipActivation)i;
            return 0;
        }
    return error_set(err, ERROR_DATA, "%s: %s: hidden_act: %.40s: expected quick_gelu or gelu",
                     path, t->part, name ? name : "no text");
}

static json_t *read_json(const char *path, Error *err)
{
    Bytes text;
    json_error_t why;
    if (file_bytes(path) > CONFIG_BYTES_MAX) {
        error_set(err, ERROR_DATA, "%s: more than %d bytes", path, CONFIG_BYTES_MAX);
        return NULL;
    }
    if (file_read(path, &text, err) != 0) return NULL;
    json_t *config =
        json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    bytes_free(&text);
    if (!config) error_set(err, ERROR_DATA, "%s: line %d: %s", path, why.line, why.text);
    return config;
}

static int read_settings(const char *path, const Tower *t, ClipSettings *out, Error *err)
{
    json_t *config = read_json(path, err);
    if (!config) return -1;
    const json_t *tower = find_tower(config, t);
    int status = 0;
    if (tower) status = read_heads(path, t, tower, &out->heads, err);
    if (tower && status == 0) status = read_activation(path, t, tower, &out->activation, err);
    json_decref(config);
    return status;
}

int clip_folder_settings(const char *weights, const char *tower, ClipSettings *out, Error *err)
{
    const Tower *t = &towers[strcmp(tower, towers[0].name) == 0 ? 0 : 1];
    char *folder = folder_of(weights), *path = file_join(folder, "config.json");
    CHECK(strcmp(tower, t->name) == 0, "tower %s", tower);
    *out = (ClipSettings){0};
    const int status = file_exists(path) ? read_settings(path, t, out, err) : 0;
    mem_free(path);
    mem_free(folder);
    return status;
}
