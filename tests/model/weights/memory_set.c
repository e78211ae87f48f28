/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that own their values. */
#include "tests/model/weights/memory_set.h"

#include "core/mem.h"

#include <check.h>
#include <string.h>

typedef struct Store {
    int64_t count;
    char **name;
    float **values;
} Store;

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    (void)err;
    const Store *s = store;
    int64_t len;
    memcpy(&len, s->values[i], sizeof len);
    memcpy(out, s->values[i] + 2, (size_t)len * sizeof *out);
    return 0;
}

static void close_store(void *store)
{
    Store *s = store;
    for (int64_t i = 0; i < s->count; i++) {
        mem_free(s->name[i]);
        mem_free(s->values[i]);
    }
    mem_free(s->name);
    mem_free(s->values);
    mem_free(s);
}

TensorSet memory_set_new(const char *path)
{
    return (TensorSet){.path = mem_strdup(path),
                       .store = mem_calloc(1, sizeof(Store)),
                       .read = read_entry,
                       .close = close_store};
}

int64_t memory_set_add(TensorSet *set, const char *name, int ndim, const int64_t *shape,
                       const float *values)
{
    Store *s = set->store;
    const int64_t i = s->count++;
    TensorEntry e = {.ndim = ndim, .len = 1};
    for (int a = 0; a < ndim; a++) e.len *= e.shape[a] = shape[a];
    s->name = mem_realloc(s->name, (size_t)s->count * sizeof *s->name);
    s->values = mem_realloc(s->values, (size_t)s->count * sizeof *s->values);
    s->name[i] = mem_strdup(name);
    s->values[i] =
        mem_calloc((size_t)e.len + 2, sizeof **s->values); /* the first element is its length */
    memcpy(s->values[i], &e.len, sizeof e.len);
    if (values) memcpy(s->values[i] + 2, values, (size_t)e.len * sizeof *values);
    e.name = s->name[i];
    set->entry = mem_realloc(set->entry, (size_t)s->count * sizeof *set->entry);
    set->entry[i] = e;
    return set->count++;
}

void memory_set_copy(TensorSet *set, const char *path)
{
    TensorSet file;
    Error err = {0};
    ck_assert_msg(tensor_set_safetensors(path, &file, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < file.count; i++) {
        const TensorEntry *e = &file.entry[i];
        if (strncmp(e->name, "in.", 3) == 0 || strncmp(e->name, "out.", 4) == 0) continue;
        float *values = mem_alloc((size_t)e->len * sizeof *values);
        ck_assert_int_eq(file.read(file.store, i, values, &err), 0);
        memory_set_add(set, e->name, e->ndim, e->shape, values);
        mem_free(values);
    }
    tensor_set_close(&file);
}

void memory_set_remove(TensorSet *set, int64_t i)
{
    Store *s = set->store;
    const size_t rest = (size_t)(s->count - i - 1);
    mem_free(s->name[i]);
    mem_free(s->values[i]);
    memmove(s->name + i, s->name + i + 1, rest * sizeof *s->name);
    memmove(s->values + i, s->values + i + 1, rest * sizeof *s->values);
    memmove(set->entry + i, set->entry + i + 1, rest * sizeof *set->entry);
    set->count = --s->count;
}
