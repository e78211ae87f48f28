/* Weights in files of any format. */
#include "model/weights/weights.h"

#include "core/formats/file_kind.h"
#include "core/formats/h5.h"
#include "core/formats/pth.h"
#include "core/formats/safetensors.h"
#include "core/mem.h"
#include "core/strings.h"
#include "model/backbone/backbone.h"
#include "model/weights/model_file.h"
#include "model/weights/weight_set.h"

#include <string.h>

/* One of the two. */
struct WeightFile {
    H5File *h5;
    TensorSet set;
};

/* ---- reading --------------------------------------------------------------------------------- */

void weights_close(Weights *w)
{
    for (int64_t i = 0; i < w->count; i++) mem_free(w->array[i].name);
    mem_free(w->array);
    mem_free(w->config);
    mem_free(w->tags);
    mem_free(w->offset);
    if (w->file) {
        h5_close(w->file->h5);
        tensor_set_close(&w->file->set);
    }
    mem_free(w->file);
    *w = (Weights){0};
}

static void add(Weights *w, const char *name, int ndim, const int64_t *shape, int64_t len,
                int64_t source)
{
    w->array = mem_realloc(w->array, (size_t)(w->count + 1) * sizeof *w->array);
    WeightArray *a = &w->array[w->count++];
    *a = (WeightArray){.name = mem_strdup(name), .ndim = ndim, .len = len, .source = source};
    memcpy(a->shape, shape, (size_t)ndim * sizeof *shape);
}

static int open_set(const char *path, Weights *out, Error *err)
{
    TensorSet *set = &out->file->set;
    if (weight_set_open(path, set, &out->skipped, err) != 0) return -1;
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[i];
        add(out, e->name, e->ndim, e->shape, e->len, i);
    }
    return 0;
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

static int read_text(H5File *f, const char *name, char **out, Error *err)
{
    return h5_find(f, name) ? h5_read_text(f, name, out, err) : 0;
}

/* What a checkpoint has beside its arrays. */
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

static int open_h5(const char *path, bool ema, Weights *out, Error *err)
{
    const char *prefix = ema ? "ema/" : "param/";
    if (h5_open(path, &out->file->h5, err) != 0) return -1;
    H5File *f = out->file->h5;
    if (read_rest(f, path, out, err) != 0) return -1;
    if (!has_weights(f, prefix))
        return error_set(err, EXIT_CHECKPOINT, "%s: no %s entries: no weights to convert", path,
                         prefix);
    for (int64_t i = 0; i < h5_count(f); i++) {
        const H5Entry *e = h5_entry(f, i);
        const char *name = weight_name(e, prefix);
        if (name)
            add(out, name, e->ndim, e->shape, e->len, i);
        else
            out->skipped++;
    }
    return 0;
}

int weights_open(const char *path, bool ema, Weights *out, Error *err)
{
    enum FileKind kind;
    int status = -1;
    *out = (Weights){0};
    if (file_kind(path, &kind, err) != 0) return -1;
    out->file = mem_calloc(1, sizeof *out->file);
    if (kind == FILE_H5)
        status = open_h5(path, ema, out, err);
    else if (kind != FILE_SAFETENSORS && kind != FILE_PTH)
        error_set(err, EXIT_DATA, "%s: not a weights file", path);
    else if (ema)
        error_set(err, EXIT_USAGE, "%s: --ema: only checkpoints hold a moving average", path);
    else
        status = open_set(path, out, err);
    if (status != 0) weights_close(out);
    return status;
}

const WeightArray *weights_find(const Weights *w, const char *name)
{
    for (int64_t i = 0; i < w->count; i++)
        if (strcmp(w->array[i].name, name) == 0) return &w->array[i];
    return NULL;
}

static TensorEntry entry_of(const WeightArray *a)
{
    TensorEntry e = {.name = a->name, .ndim = a->ndim, .len = a->len};
    memcpy(e.shape, a->shape, sizeof e.shape);
    return e;
}

bool weights_adapts(const Weights *w, int64_t i, const Tensor *want)
{
    const TensorEntry have = entry_of(&w->array[i]);
    return backbone_adapts(&have, want) != NULL;
}

void weights_adapt(Weights *w, int64_t i, const Tensor *want)
{
    WeightArray *a = &w->array[i];
    CHECK(weights_adapts(w, i, want) && !a->adapted, "%s cannot be adapted", a->name);
    a->stored = entry_of(a);
    a->adapted = true;
    a->ndim = want->ndim;
    memcpy(a->shape, want->shape, (size_t)want->ndim * sizeof *want->shape);
    a->len = tensor_len(want);
}

static int read_stored(const Weights *w, int64_t source, float *out, Error *err)
{
    const TensorSet *set = &w->file->set;
    if (w->file->h5) return h5_read(w->file->h5, h5_entry(w->file->h5, source), out, err);
    return set->read(set->store, source, out, err);
}

static int read_adapted(const Weights *w, const WeightArray *a, float *out, Error *err)
{
    Tensor want = {.ndim = a->ndim};
    memcpy(want.shape, a->shape, (size_t)a->ndim * sizeof *want.shape);
    const Backbone *encoder = backbone_adapts(&a->stored, &want);
    float *values = mem_alloc((size_t)a->stored.len * sizeof *values);
    int status = read_stored(w, a->source, values, err);
    if (status == 0) status = encoder->adapt(&a->stored, values, &want, out, err);
    mem_free(values);
    return status == 0 ? 0 : error_prefix(err, "%s", a->name);
}

int weights_read(Weights *w, int64_t i, float *out, Error *err)
{
    CHECK(i >= 0 && i < w->count, "array %lld of %lld", (long long)i, (long long)w->count);
    const WeightArray *a = &w->array[i];
    return a->adapted ? read_adapted(w, a, out, err) : read_stored(w, a->source, out, err);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Room for any one of the arrays. */
static float *array_room(const Weights *w)
{
    int64_t most = 0;
    for (int64_t i = 0; i < w->count; i++)
        if (w->array[i].len > most) most = w->array[i].len;
    return mem_alloc((size_t)most * sizeof(float));
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

static int write_h5(const char *path, Weights *w, float *room, Error *err)
{
    H5Writer *h = NULL;
    int status = 0;
    const bool complete = is_complete(w);
    if (h5_create(path, complete ? "checkpoint" : "weights", &h, err) != 0) return -1;
    for (int64_t i = 0; status == 0 && i < w->count; i++) {
        const WeightArray *a = &w->array[i];
        bool labels = strcmp(a->name, "label_embed") == 0;
        char *name = mem_format("%s%s", labels ? "" : "param/", a->name);
        status = weights_read(w, i, room, err);
        if (status == 0) status = h5_put(h, name, H5_F32, a->ndim, a->shape, room, err);
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
    StWrite *list = mem_calloc((size_t)w->count + 1, sizeof *list);
    for (int64_t i = 0; i < w->count; i++) {
        const WeightArray *a = &w->array[i];
        list[i] = (StWrite){.name = a->name, .ndim = a->ndim};
        memcpy(list[i].shape, a->shape, sizeof a->shape);
    }
    return list;
}

static int write_safetensors(const char *path, Weights *w, float *room, Error *err)
{
    StWriter *f = NULL;
    StWrite *list = describe(w);
    int status = st_create(path, list, w->count, &f, err);
    mem_free(list);
    for (int64_t i = 0; status == 0 && i < w->count; i++) {
        status = weights_read(w, i, room, err);
        if (status == 0) status = st_put(f, room, err);
    }
    if (status == 0) return st_commit(f, err);
    st_abandon(f);
    return -1;
}

static int write_pth(const char *path, Weights *w, float *room, Error *err)
{
    PthWriter *f = NULL;
    StWrite *list = describe(w);
    int status = pth_create(path, list, w->count, &f, err);
    mem_free(list);
    for (int64_t i = 0; status == 0 && i < w->count; i++) {
        status = weights_read(w, i, room, err);
        if (status == 0) status = pth_put(f, room, err);
    }
    if (status == 0) return pth_commit(f, err);
    pth_abandon(f);
    return -1;
}

static const struct {
    const char *ending;
    int (*write)(const char *path, Weights *w, float *room, Error *err);
} formats[] = {{".h5", write_h5}, {".safetensors", write_safetensors}, {".pth", write_pth}};
enum { FORMATS = sizeof formats / sizeof *formats };

int weights_can_write(const char *path, Error *err)
{
    for (int i = 0; i < FORMATS; i++)
        if (strings_end_in(path, formats[i].ending)) return 0;
    return error_set(err, EXIT_USAGE, "%s: convert writes .safetensors, .pth and .h5 only",
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
    float *room = array_room(w);
    int i = 0;
    while (!strings_end_in(path, formats[i].ending)) i++;
    const int status = formats[i].write(path, w, room, err);
    mem_free(room);
    return status;
}
