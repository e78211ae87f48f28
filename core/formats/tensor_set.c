/* Named tensors of safetensors and PyTorch files. */
#include "core/formats/tensor_set.h"

#include "core/file.h"
#include "core/formats/pth.h"
#include "core/formats/safetensors.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

/* ---- safetensors ----------------------------------------------------------------------------- */

static int st_read_entry(void *store, int64_t i, float *out, Error *err)
{
    return st_read_f32(store, st_entry(store, i), out, err);
}

static int st_read_bytes(void *store, int64_t i, void *out, Error *err)
{
    return st_read_raw(store, st_entry(store, i), out, err);
}

static void st_close_file(void *store) { st_close(store); }

int tensor_set_safetensors(const char *path, TensorSet *out, Error *err)
{
    StFile *f = NULL;
    *out = (TensorSet){0};
    if (st_open(path, &f, err) != 0) return -1;
    *out = (TensorSet){.path = mem_strdup(path),
                       .count = st_count(f),
                       .store = f,
                       .read = st_read_entry,
                       .read_raw = st_read_bytes,
                       .close = st_close_file};
    out->entry = mem_calloc((size_t)out->count + 1, sizeof *out->entry);
    for (int64_t i = 0; i < out->count; i++) {
        const StEntry *e = st_entry(f, i);
        out->entry[i] =
            (TensorEntry){.name = e->name, .dtype = e->dtype, .ndim = e->ndim, .len = e->len};
        memcpy(out->entry[i].shape, e->shape, sizeof e->shape);
    }
    return 0;
}

/* ---- PyTorch --------------------------------------------------------------------------------- */

static int pth_read_entry(void *store, int64_t i, float *out, Error *err)
{
    return pth_read_f32(store, pth_entry(store, i), out, err);
}

static int pth_read_bytes(void *store, int64_t i, void *out, Error *err)
{
    return pth_read_raw(store, pth_entry(store, i), out, err);
}

static int pth_verify_file(void *store, bool *all, Error *err)
{
    return pth_verify(store, all, err);
}

static void pth_close_file(void *store) { pth_close(store); }

int tensor_set_pth(const char *path, TensorSet *out, Error *err)
{
    PthFile *f = NULL;
    *out = (TensorSet){0};
    if (pth_open(path, &f, err) != 0) return -1;
    *out = (TensorSet){.path = mem_strdup(path),
                       .count = pth_count(f),
                       .others = pth_others(f),
                       .store = f,
                       .read = pth_read_entry,
                       .read_raw = pth_read_bytes,
                       .verify = pth_verify_file,
                       .close = pth_close_file};
    out->entry = mem_calloc((size_t)out->count + 1, sizeof *out->entry);
    for (int64_t i = 0; i < out->count; i++) {
        const PthEntry *e = pth_entry(f, i);
        out->entry[i] =
            (TensorEntry){.name = e->name, .dtype = e->dtype, .ndim = e->ndim, .len = e->len};
        memcpy(out->entry[i].shape, e->shape, sizeof e->shape);
    }
    return 0;
}

/* ---- any ------------------------------------------------------------------------------------- */

int tensor_set_open(const char *path, TensorSet *out, Error *err)
{
    char head[9];
    *out = (TensorSet){0};
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    const char *dot = strrchr(path, '.');
    const bool named = dot && strcmp(dot, ".safetensors") == 0;
    if (!pth_magic(head) && (named || head[8] == '{'))
        return tensor_set_safetensors(path, out, err);
    return tensor_set_pth(path, out, err);
}

void tensor_set_close(TensorSet *s)
{
    if (s->close) s->close(s->store);
    mem_free(s->entry);
    mem_free(s->path);
    *s = (TensorSet){0};
}

int64_t tensor_set_find(const TensorSet *s, const char *name)
{
    for (int64_t i = 0; i < s->count; i++)
        if (strcmp(s->entry[i].name, name) == 0) return i;
    return -1;
}

const char *tensor_set_shape_text(const TensorEntry *e, char out[static 192])
{
    size_t at = 0;
    for (int i = 0; i < e->ndim; i++)
        at += (size_t)snprintf(out + at, 192 - at, "%s%lld", i ? ", " : "[",
                               (long long)e->shape[i]);
    snprintf(out + at, 192 - at, e->ndim ? "]" : "[]");
    return out;
}
