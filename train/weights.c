/* Weights in files of any format. */
#include "train/weights.h"

#include "core/h5.h"
#include "core/mem.h"
#include "core/safetensors.h"
#include "train/file_info.h"

#include <stdio.h>
#include <string.h>

void weights_free(Weights *w)
{
    for (int64_t i = 0; i < w->count; i++) {
        mem_free(w->array[i].name);
        mem_free(w->array[i].data);
    }
    mem_free(w->array);
    mem_free(w->config);
    *w = (Weights){0};
}

/* Room for one more array of len elements. */
static float *add(Weights *w, const char *name, int ndim, const int64_t *shape, int64_t len)
{
    w->array = mem_realloc(w->array, (size_t)(w->count + 1) * sizeof *w->array);
    WeightArray *a = &w->array[w->count++];
    *a = (WeightArray){.name = mem_strdup(name), .ndim = ndim};
    memcpy(a->shape, shape, (size_t)ndim * sizeof *shape);
    return a->data = mem_alloc((size_t)len * sizeof *a->data);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Tables in files of the reference that follow from the sizes of the model. */
static bool is_computed(const char *name)
{
    return ends_in(name, "relative_position_index") || ends_in(name, "attn_mask");
}

static int read_safetensors(const char *path, Weights *out, Error *err)
{
    StFile *f = NULL;
    int status = 0;
    if (st_open(path, &f, err) != 0) return -1;
    for (int64_t i = 0; status == 0 && i < st_count(f); i++) {
        const StEntry *e = st_entry(f, i);
        if (is_computed(e->name))
            out->skipped++;
        else
            status = st_read_f32(f, e, add(out, e->name, e->ndim, e->shape, e->len), err);
    }
    st_close(f);
    return status;
}

/* The name without its prefix, or NULL when this entry is no weight. */
static const char *weight_name(const H5Entry *e, const char *prefix)
{
    size_t n = strlen(prefix);
    if (e->type != H5_F32) return NULL;
    if (strncmp(e->name, prefix, n) == 0) return e->name + n;
    return strcmp(e->name, "label_embed") == 0 ? e->name : NULL;
}

/* Whether there is anything but the label bank. */
static bool has_weights(const H5File *f, const char *prefix)
{
    for (int64_t i = 0; i < h5_count(f); i++)
        if (strncmp(h5_entry(f, i)->name, prefix, strlen(prefix)) == 0) return true;
    return false;
}

static int read_entries(H5File *f, const char *path, const char *prefix, Weights *out,
                        Error *err)
{
    if (!has_weights(f, prefix))
        return error_set(err, EXIT_CHECKPOINT, "%s: no %s entries: no weights to convert", path,
                         prefix);
    for (int64_t i = 0; i < h5_count(f); i++) {
        const H5Entry *e = h5_entry(f, i);
        const char *name = weight_name(e, prefix);
        if (!name) {
            out->skipped++;
            continue;
        }
        if (h5_read(f, e, add(out, name, e->ndim, e->shape, e->len), err) != 0) return -1;
    }
    return 0;
}

static int read_h5(const char *path, bool ema, Weights *out, Error *err)
{
    const char *prefix = ema ? "ema/" : "param/";
    H5File *f = NULL;
    int status = 0;
    if (h5_open(path, &f, err) != 0) return -1;
    if (h5_find(f, "info/config.yaml"))
        status = h5_read_text(f, "info/config.yaml", &out->config, err);
    if (status == 0) status = read_entries(f, path, prefix, out, err);
    h5_close(f);
    return status;
}

int weights_read(const char *path, bool ema, Weights *out, Error *err)
{
    enum FileKind kind;
    int status = -1;
    *out = (Weights){0};
    if (file_kind(path, &kind, err) != 0) return -1;
    if (kind == FILE_PTH)
        error_set(err, EXIT_DATA,
                  "%s: a PyTorch file: cannot be read yet, save it as safetensors", path);
    else if (kind == FILE_H5)
        status = read_h5(path, ema, out, err);
    else if (kind != FILE_SAFETENSORS)
        error_set(err, EXIT_DATA, "%s: not a weights file", path);
    else if (ema)
        error_set(err, EXIT_USAGE, "%s: --ema: only checkpoints hold a moving average", path);
    else
        status = read_safetensors(path, out, err);
    if (status != 0) weights_free(out);
    return status;
}

static int write_h5(const char *path, const Weights *w, Error *err)
{
    H5Writer *h = NULL;
    if (h5_create(path, "weights", &h, err) != 0) return -1;
    for (int64_t i = 0; i < w->count; i++) {
        const WeightArray *a = &w->array[i];
        bool labels = strcmp(a->name, "label_embed") == 0;
        char *name = mem_format("%s%s", labels ? "" : "param/", a->name);
        h5_put(h, name, H5_F32, a->ndim, a->shape, a->data, err);
        mem_free(name);
    }
    if (w->config) h5_put_text(h, "info/config.yaml", w->config, err);
    return h5_commit(h, err); /* reports the first failure of all */
}

static int write_safetensors(const char *path, const Weights *w, Error *err)
{
    StWrite *list = mem_calloc((size_t)w->count, sizeof *list);
    for (int64_t i = 0; i < w->count; i++) {
        const WeightArray *a = &w->array[i];
        list[i] = (StWrite){.name = a->name, .ndim = a->ndim, .data = a->data};
        memcpy(list[i].shape, a->shape, sizeof a->shape);
    }
    int status = st_write(path, list, w->count, err);
    mem_free(list);
    return status;
}

int weights_can_write(const char *path, Error *err)
{
    if (ends_in(path, ".h5") || ends_in(path, ".safetensors")) return 0;
    return error_set(err, EXIT_USAGE, "%s: convert writes .safetensors and .h5 only", path);
}

int weights_write(const char *path, const Weights *w, Error *err)
{
    if (weights_can_write(path, err) != 0) return -1;
    return ends_in(path, ".h5") ? write_h5(path, w, err) : write_safetensors(path, w, err);
}
