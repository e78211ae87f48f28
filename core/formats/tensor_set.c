/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors of safetensors, PyTorch and HDF5 files. */
#include "core/formats/tensor_set.h"

#include "core/formats/file_kind.h"
#include "core/formats/pth.h"
#include "core/formats/safetensors.h"
#include "core/formats/tensor_shards.h"
#include "core/math/dtype.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- safetensors --------------------------------------------------------------------- */

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
        out->entry[i] = (TensorEntry){.name = e->name,
                                      .dtype = e->dtype,
                                      .ndim = e->ndim,
                                      .len = e->len,
                                      .bytes = (int64_t)(e->end - e->begin)};
        memcpy(out->entry[i].shape, e->shape, sizeof e->shape);
    }
    tensor_set_index(out);
    return 0;
}

/* ---- PyTorch ------------------------------------------------------------------------- */

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
                       .where = pth_where(f),
                       .store = f,
                       .read = pth_read_entry,
                       .read_raw = pth_read_bytes,
                       .verify = pth_verify_file,
                       .close = pth_close_file};
    out->entry = mem_calloc((size_t)out->count + 1, sizeof *out->entry);
    for (int64_t i = 0; i < out->count; i++) {
        const PthEntry *e = pth_entry(f, i);
        out->entry[i] = (TensorEntry){.name = e->name,
                                      .dtype = e->dtype,
                                      .opaque = e->opaque,
                                      .ndim = e->ndim,
                                      .len = e->len};
        if (e->dtype) out->entry[i].bytes = e->len * dtype_find(e->dtype)->bytes;
        memcpy(out->entry[i].shape, e->shape, sizeof e->shape);
    }
    tensor_set_index(out);
    return 0;
}

/* ---- HDF5 ---------------------------------------------------------------------------- */

static int h5_read_entry(void *store, int64_t i, float *out, Error *err)
{
    return h5_read_f32(store, h5_entry(store, i), out, err);
}

static int h5_read_bytes(void *store, int64_t i, void *out, Error *err)
{
    return h5_read(store, h5_entry(store, i), out, err);
}

static int h5_verify_file(void *store, bool *all, Error *err)
{
    *all = true;
    return h5_verify(store, err);
}

static const uint8_t *h5_entry_checksum(void *store, int64_t i)
{
    return h5_checksum(h5_entry(store, i));
}

static void h5_close_file(void *store) { h5_close(store); }

TensorSet tensor_set_of_h5(H5File *f, const char *path)
{
    static const char *const dtype[] = {[H5_F32] = "F32",
                                        [H5_F64] = "F64",
                                        [H5_I64] = "I64",
                                        [H5_U8] = "U8",
                                        [H5_BF16] = "BF16"};
    TensorSet s = {.path = mem_strdup(path),
                   .h5 = f,
                   .count = h5_count(f),
                   .store = f,
                   .read = h5_read_entry,
                   .read_raw = h5_read_bytes,
                   .verify = h5_verify_file,
                   .checksum = h5_entry_checksum};
    s.entry = mem_calloc((size_t)s.count + 1, sizeof *s.entry);
    for (int64_t i = 0; i < s.count; i++) {
        const H5Entry *e = h5_entry(f, i);
        s.entry[i] = (TensorEntry){.name = e->name,
                                   .dtype = dtype[e->type],
                                   .ndim = e->ndim,
                                   .len = e->len,
                                   .bytes = e->len * dtype_find(dtype[e->type])->bytes};
        memcpy(s.entry[i].shape, e->shape, sizeof e->shape);
    }
    tensor_set_index(&s);
    return s;
}

static int tensor_set_h5(const char *path, TensorSet *out, Error *err)
{
    H5File *f = NULL;
    *out = (TensorSet){0};
    if (h5_open(path, &f, err) != 0) return -1;
    *out = tensor_set_of_h5(f, path);
    out->close = h5_close_file;
    return 0;
}

/* ---- any ----------------------------------------------------------------------------- */

int tensor_set_open(const char *path, TensorSet *out, Error *err)
{
    enum FileKind kind;
    *out = (TensorSet){0};
    if (file_kind_arrays(path, &kind, err) != 0) return -1;
    return kind == FILE_H5            ? tensor_set_h5(path, out, err)
           : kind == FILE_INDEX       ? tensor_set_shards(path, out, err)
           : kind == FILE_SAFETENSORS ? tensor_set_safetensors(path, out, err)
                                      : tensor_set_pth(path, out, err);
}

void tensor_set_close(TensorSet *s)
{
    if (s->close) s->close(s->store);
    hash_map_free(&s->index);
    mem_free(s->entry);
    mem_free(s->path);
    *s = (TensorSet){0};
}

void tensor_set_index(TensorSet *s)
{
    uint8_t key[HASH_BYTES];
    s->index = hash_map_new(s->count);
    for (int64_t i = 0; i < s->count; i++) {
        hash_of(s->entry[i].name, strlen(s->entry[i].name), key);
        hash_map_add(&s->index, key, i);
    }
}

int64_t tensor_set_find(const TensorSet *s, const char *name)
{
    uint8_t key[HASH_BYTES];
    hash_of(name, strlen(name), key);
    if (s->index.slot) return hash_map_get(&s->index, key);
    for (int64_t i = 0; i < s->count; i++)
        if (strcmp(s->entry[i].name, name) == 0) return i;
    return -1;
}

const char *tensor_set_unreadable(const TensorEntry *e)
{
    if (e->opaque || !e->dtype) return e->opaque;
    const Dtype *d = dtype_find(e->dtype);
    return d && d->convert ? NULL : e->dtype;
}

static int64_t count_not_finite(int64_t n, const float *x)
{
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++) bad += !isfinite(x[i]);
    return bad;
}

int tensor_set_check(const char *path, const TensorEntry *e, const float *values, Error *err)
{
    return tensor_set_check_count(path, e, count_not_finite(e->len, values), err);
}

int tensor_set_check_count(const char *path, const TensorEntry *e, int64_t bad, Error *err)
{
    if (bad == 0) return 0;
    return error_set(err, ERROR_NUMERIC,
                     "%s: tensor '%.200s': %ld of %ld numbers are NaN or infinite as float32: "
                     "the weights come from a run that diverged, or the file is damaged",
                     path, e->name, bad, e->len);
}

int tensor_set_read(const TensorSet *s, int64_t i, float *out, Error *err)
{
    const TensorEntry *e = &s->entry[i];
    const char *unreadable = tensor_set_unreadable(e);
    if (unreadable)
        return error_set(err, ERROR_DATA,
                         "%s: tensor '%.200s': %s cannot be read: save it as float32", s->path,
                         e->name, unreadable);
    if (s->read(s->store, i, out, err) != 0) return -1;
    return tensor_set_check(s->path, e, out, err);
}

bool tensor_set_fits(const TensorEntry *e, const Tensor *t)
{
    if (e->ndim <= 1 && tensor_len(t) == 1) return e->ndim == 0 || e->shape[0] == 1;
    bool same = e->ndim == t->ndim;
    for (int i = 0; same && i < e->ndim; i++) same = e->shape[i] == t->shape[i];
    return same;
}

const char *tensor_set_shape_text(const TensorEntry *e, char out[static 192])
{
    size_t at = 0;
    for (int i = 0; i < e->ndim; i++)
        at += (size_t)snprintf(out + at, 192 - at, "%s%ld", i ? ", " : "[", e->shape[i]);
    snprintf(out + at, 192 - at, e->ndim ? "]" : "[]");
    return out;
}
