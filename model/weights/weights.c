/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files of any format. */
#include "model/weights/weights.h"

#include "core/formats/file_kind.h"
#include "core/formats/pth.h"
#include "core/formats/safetensors.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "model/backbone/backbone.h"
#include "model/weights/model_file.h"
#include "model/weights/weight_set.h"

#include <string.h>

/* ---- reading ------------------------------------------------------------------------- */

void weights_close(Weights *w)
{
    tensor_set_close(&w->set);
    mem_free(w->keep);
    mem_free(w->stored);
    mem_free(w->config);
    mem_free(w->tags);
    mem_free(w->offset);
    *w = (Weights){0};
}

static int read_text(H5File *f, const char *name, char **out, Error *err)
{
    return h5_find(f, name) ? h5_read_text(f, name, out, err) : 0;
}

/* Reads the contents of a checkpoint other than its arrays. */
static int read_rest(H5File *f, const char *path, Weights *out, Error *err)
{
    const H5Entry *e = h5_find(f, "label/offset");
    if (read_text(f, "info/config.yaml", &out->config, err) != 0) return -1;
    if (read_text(f, "tags", &out->tags, err) != 0) return -1;
    if (labels_read_identity(f, path, &out->identity, err) != 0) return -1;
    if (!e || e->type != H5_I64 || e->ndim != 1 || e->len < 2) return 0;
    out->labels = e->len - 1;
    out->offset = mem_alloc((size_t)e->len * sizeof *out->offset);
    return h5_read(f, e, out->offset, err);
}

enum { WARNINGS = 3 };

/* Lists the arrays that can be read, and names the first of the others. */
static void keep_readable(Weights *w)
{
    const int64_t skipped = w->skipped;
    w->keep = mem_calloc((size_t)w->set.count + 1, sizeof *w->keep);
    for (int64_t i = 0; i < w->set.count; i++) {
        const TensorEntry *e = &w->set.entry[i];
        const char *unreadable = tensor_set_unreadable(e);
        if (!unreadable)
            w->keep[w->kept++] = i;
        else if (w->skipped++ < skipped + WARNINGS)
            log_warn("%s: '%.200s' is left out: %s cannot be read", w->set.path, e->name,
                     unreadable);
    }
}

static int open_any(const char *path, enum WeightsChoice choice, Weights *out, Error *err)
{
    static const char *const prefixes[] = {
        [WEIGHTS_AS_USED] = NULL, [WEIGHTS_AVERAGE] = "ema/", [WEIGHTS_RAW] = "param/"};
    const char *prefix = prefixes[choice];
    if (weight_set_open(path, prefix, &out->set, &out->skipped, err) != 0) return -1;
    if (choice == WEIGHTS_AVERAGE && !out->set.h5)
        return error_set(err, ERROR_USAGE, "%s: --ema: only checkpoints hold a moving average",
                         path);
    out->stored = mem_calloc((size_t)out->set.count + 1, sizeof *out->stored);
    keep_readable(out);
    if (!out->set.h5) return 0;
    if (!prefix) prefix = weight_set_prefix(out->set.h5);
    out->averaged = strcmp(prefix, "ema/") == 0;
    if (read_rest(out->set.h5, path, out, err) != 0) return -1;
    if (weight_set_has_weights(&out->set)) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: no %s entries: no weights to convert", path,
                     prefix);
}

int weights_open(const char *path, enum WeightsChoice choice, Weights *out, Error *err)
{
    char *file;
    *out = (Weights){0};
    if (model_file_resolve(path, &file, err) != 0) return -1;
    const int status = open_any(file, choice, out, err);
    mem_free(file);
    if (status != 0) weights_close(out);
    return status;
}

const TensorEntry *weights_find(const Weights *w, const char *name)
{
    const int64_t i = tensor_set_find(&w->set, name);
    return i < 0 ? NULL : &w->set.entry[i];
}

bool weights_adapts(const Weights *w, int64_t i, const Tensor *want)
{
    return backbone_adapts(&w->set.entry[i], want) != NULL;
}

void weights_adapt(Weights *w, int64_t i, const Tensor *want)
{
    TensorEntry *e = &w->set.entry[i];
    CHECK(weights_adapts(w, i, want) && !w->stored[i].name, "%s cannot be adapted", e->name);
    w->stored[i] = *e;
    e->ndim = want->ndim;
    memcpy(e->shape, want->shape, (size_t)want->ndim * sizeof *want->shape);
    e->len = tensor_len(want);
}

static int read_adapted(const Weights *w, int64_t i, float *out, Error *err)
{
    const TensorEntry *e = &w->set.entry[i], *stored = &w->stored[i];
    Tensor want = {.ndim = e->ndim};
    memcpy(want.shape, e->shape, (size_t)e->ndim * sizeof *want.shape);
    const Backbone *encoder = backbone_adapts(stored, &want);
    float *values = mem_alloc((size_t)stored->len * sizeof *values);
    int status = w->set.read(w->set.store, i, values, err);
    if (status == 0) status = tensor_set_check(w->set.path, stored, values, err);
    if (status == 0) status = encoder->adapt(stored, values, &want, out, err);
    mem_free(values);
    return status == 0 ? 0 : error_prefix(err, "%s", e->name);
}

/* Reads the values of array i into out [set.entry[i].len]. */
static int read_values(Weights *w, int64_t i, float *out, Error *err)
{
    CHECK(i >= 0 && i < w->set.count, "array %ld of %ld", i, w->set.count);
    return w->stored[i].name ? read_adapted(w, i, out, err)
                             : tensor_set_read(&w->set, i, out, err);
}

/* ---- writing ------------------------------------------------------------------------- */

static const TensorEntry *kept(const Weights *w, int64_t i)
{
    return &w->set.entry[w->keep[i]];
}

/* A buffer for the longest array. Owned. */
static float *array_buffer(const Weights *w)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < w->kept; i++)
        if (kept(w, i)->len > longest) longest = kept(w, i)->len;
    return mem_alloc((size_t)longest * sizeof(float));
}

static bool is_complete(const Weights *w)
{
    return w->config && w->tags && w->offset && weights_find(w, "label_embed");
}

static int write_labels(H5Writer *h, const Weights *w, Error *err)
{
    if (h5_put_text(h, "tags", w->tags, err) != 0) return -1;
    if (labels_put_identity(h, &w->identity, err) != 0) return -1;
    return h5_put(h, "label/offset", H5_I64, 1, (int64_t[]){w->labels + 1}, w->offset, err);
}

static int write_h5(const char *path, Weights *w, float *buffer, Error *err)
{
    H5Writer *h = NULL;
    int status = 0;
    const bool complete = is_complete(w);
    if (h5_create(path, complete ? "checkpoint" : "weights", &h, err) != 0) return -1;
    for (int64_t i = 0; status == 0 && i < w->kept; i++) {
        const TensorEntry *a = kept(w, i);
        bool labels = strcmp(a->name, "label_embed") == 0;
        char *name = mem_format("%s%s", labels ? "" : "param/", a->name);
        status = read_values(w, w->keep[i], buffer, err);
        if (status == 0) status = h5_put(h, name, H5_F32, a->ndim, a->shape, buffer, err);
        mem_free(name);
    }
    if (w->config && status == 0) status = h5_put_text(h, "info/config.yaml", w->config, err);
    if (complete && status == 0) status = write_labels(h, w, err);
    if (status == 0) return h5_commit(h, err);
    h5_abandon(h);
    return -1;
}

static StWrite *describe(const Weights *w)
{
    StWrite *list = mem_calloc((size_t)w->kept + 1, sizeof *list);
    for (int64_t i = 0; i < w->kept; i++) {
        const TensorEntry *a = kept(w, i);
        list[i] = (StWrite){.name = a->name, .ndim = a->ndim};
        memcpy(list[i].shape, a->shape, sizeof a->shape);
    }
    return list;
}

static int write_safetensors(const char *path, Weights *w, float *buffer, Error *err)
{
    StWriter *f = NULL;
    StWrite *list = describe(w);
    int status = st_create(path, list, w->kept, &f, err);
    mem_free(list);
    for (int64_t i = 0; status == 0 && i < w->kept; i++) {
        status = read_values(w, w->keep[i], buffer, err);
        if (status == 0) status = st_put(f, buffer, err);
    }
    if (status == 0) return st_commit(f, err);
    st_abandon(f);
    return -1;
}

static int write_pth(const char *path, Weights *w, float *buffer, Error *err)
{
    PthWriter *f = NULL;
    StWrite *list = describe(w);
    int status = pth_create(path, list, w->kept, &f, err);
    mem_free(list);
    for (int64_t i = 0; status == 0 && i < w->kept; i++) {
        status = read_values(w, w->keep[i], buffer, err);
        if (status == 0) status = pth_put(f, buffer, err);
    }
    if (status == 0) return pth_commit(f, err);
    pth_abandon(f);
    return -1;
}

static const struct {
    const char *ending;
    int (*write)(const char *path, Weights *w, float *buffer, Error *err);
} formats[] = {{".h5", write_h5}, {".safetensors", write_safetensors}, {".pth", write_pth}};
enum { FORMATS = sizeof formats / sizeof *formats };

int weights_can_write(const char *path, Error *err)
{
    for (int i = 0; i < FORMATS; i++)
        if (strings_end_in(path, formats[i].ending)) return 0;
    return error_set(err, ERROR_USAGE, "%s: convert writes .safetensors, .pth and .h5 only",
                     path);
}

bool weights_is_h5(const char *path) { return strings_end_in(path, ".h5"); }

bool weights_make_checkpoint(const char *path, const Weights *w)
{
    return weights_is_h5(path) && is_complete(w);
}

int weights_write(const char *path, Weights *w, Error *err)
{
    if (weights_can_write(path, err) != 0) return -1;
    float *buffer = array_buffer(w);
    int i = 0;
    while (!strings_end_in(path, formats[i].ending)) i++;
    const int status = formats[i].write(path, w, buffer, err);
    mem_free(buffer);
    return status;
}
