/* Named tensors of safetensors files. */
#include "core/tensor_set.h"

#include "core/mem.h"
#include "core/safetensors.h"

#include <stdio.h>
#include <string.h>

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    return st_read_f32(store, st_entry(store, i), out, err);
}

static void close_file(void *store) { st_close(store); }

int tensor_set_safetensors(const char *path, TensorSet *out, Error *err)
{
    StFile *f = NULL;
    *out = (TensorSet){0};
    if (st_open(path, &f, err) != 0) return -1;
    *out = (TensorSet){.path = mem_strdup(path),
                       .count = st_count(f),
                       .store = f,
                       .read = read_entry,
                       .close = close_file};
    out->entry = mem_calloc((size_t)out->count + 1, sizeof *out->entry);
    for (int64_t i = 0; i < out->count; i++) {
        const StEntry *e = st_entry(f, i);
        out->entry[i] = (TensorEntry){.name = e->name, .ndim = e->ndim, .len = e->len};
        memcpy(out->entry[i].shape, e->shape, sizeof e->shape);
    }
    return 0;
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
