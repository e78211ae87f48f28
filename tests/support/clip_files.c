/* SPDX-License-Identifier: Apache-2.0 */
/* Towers with random weights, written under the names of each format. */
#include "tests/support/clip_files.h"

#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "model/clip/clip_names.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <string.h>

/* The projections of OpenAI's files are (in, out). */
static bool is_turned(const char *name)
{
    return strcmp(name, "text_projection") == 0 || strcmp(name, "visual.proj") == 0;
}

static StWrite entry_of(const Param *p)
{
    float *values = mem_alloc((size_t)p->len * sizeof *values);
    StWrite w = {.name = p->name, .ndim = p->tensor.ndim, .data = values};
    memcpy(w.shape, p->tensor.shape, sizeof p->tensor.shape);
    tensor_read(&p->tensor, values);
    if (!is_turned(p->name)) return w;
    const int64_t out = w.shape[0], in = w.shape[1];
    for (int64_t i = 0; i < in; i++)
        for (int64_t o = 0; o < out; o++)
            values[i * out + o] = (float)p->tensor.data[o * in + i];
    w.shape[0] = in;
    w.shape[1] = out;
    return w;
}

/* The parameters of both towers with values. The set owns them, not the towers. */
static ParamSet *fill(const ClipTextConfig *text, const ClipImageConfig *image)
{
    ParamSet *ps = param_set_new();
    ClipText *t = text ? clip_text_new(text, ps) : NULL;
    ClipImage *v = image ? clip_image_new(image, ps) : NULL;
    param_set_build_frozen(ps);
    test_fill_params(ps, 31);
    clip_image_free(v);
    clip_text_free(t);
    return ps;
}

static void write_all(const char *path, StWrite *list, int64_t count)
{
    Error err = {0};
    ck_assert_msg(st_write(path, NULL, 0, list, count, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < count; i++) mem_free((void *)(uintptr_t)list[i].data);
    mem_free(list);
}

void clip_files_write(const char *path, const ClipTextConfig *text,
                      const ClipImageConfig *image)
{
    ParamSet *ps = fill(text, image);
    StWrite *list = mem_calloc((size_t)ps->count, sizeof *list);
    for (int64_t i = 0; i < ps->count; i++) list[i] = entry_of(ps->param[i]);
    write_all(path, list, ps->count);
    param_set_free(ps);
}

/* ---- Hugging Face -------------------------------------------------------------------- */

/* Writes one tensor, or the three of q, k and v, and returns their number. The caller owns the
 * names. */
static int entries_of(const Param *p, StWrite out[static 3])
{
    int64_t layer;
    char name[CLIP_NAME];
    const ClipName *row = clip_name_find(p->name, &layer);
    ck_assert_msg(row != NULL, "%s", p->name);
    const int parts = strchr(row->hf, '@') ? 3 : 1;
    for (int i = 0; i < parts; i++) {
        const int64_t len = p->len / parts;
        float *values = mem_alloc((size_t)len * sizeof *values);
        for (int64_t k = 0; k < len; k++) values[k] = (float)p->tensor.data[i * len + k];
        clip_name_expand(row->hf, layer, "qkv"[i], name);
        out[i] = (StWrite){.name = mem_strdup(name), .ndim = p->tensor.ndim, .data = values};
        memcpy(out[i].shape, p->tensor.shape, sizeof p->tensor.shape);
        out[i].shape[0] /= parts;
    }
    return parts;
}

static void write_hf(const char *path, const ClipTextConfig *text, const ClipImageConfig *image)
{
    ParamSet *ps = fill(text, image);
    StWrite *list = mem_calloc((size_t)ps->count * 3, sizeof *list);
    const char **name = mem_calloc((size_t)ps->count * 3, sizeof *name);
    int64_t n = 0;
    for (int64_t i = 0; i < ps->count; i++) n += entries_of(ps->param[i], list + n);
    for (int64_t i = 0; i < n; i++) name[i] = list[i].name;
    write_all(path, list, n);
    for (int64_t i = 0; i < n; i++) mem_free((void *)(uintptr_t)name[i]);
    mem_free(name);
    param_set_free(ps);
}

static void put_tower(Text *out, const char *part, const ClipSizes *s)
{
    text_add(out, ",\n  \"%s\": {\"num_attention_heads\": %d, \"hidden_act\": \"%s\"}", part,
             (int)s->heads, s->gelu ? "gelu" : "quick_gelu");
}

static void write_into(const char *folder, const char *name, const char *text)
{
    Error err = {0};
    char *path = file_join(folder, name);
    ck_assert_msg(file_write(path, text, strlen(text), &err) == 0, "%s", err.text);
    mem_free(path);
}

void clip_files_folder(const char *folder, const ClipTextConfig *text,
                       const ClipImageConfig *image, const char *merges)
{
    Error err = {0};
    Text json = {0};
    char *weights = file_join(folder, "model.safetensors");
    ck_assert_msg(file_mkdirs(folder, &err) == 0, "%s", err.text);
    write_hf(weights, text, image);
    text_put(&json, "{\n  \"model_type\": \"clip\"");
    if (text) put_tower(&json, "text_config", &text->sizes);
    if (image) put_tower(&json, "vision_config", &image->sizes);
    text_put(&json, "\n}\n");
    write_into(folder, "config.json", json.data);
    if (merges) write_into(folder, "merges.txt", merges);
    text_free(&json);
    mem_free(weights);
}
