/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about files of arrays. */
#include "model/weights/weight_info.h"

#include "core/formats/tensor_set.h"
#include "core/hdf5/h5_companion.h"
#include "core/io/content.h"
#include "core/json/json.h"
#include "core/math/dtype.h"
#include "core/mem.h"
#include "core/printable.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name of a tensor in one of our own files: param/NAME for parameters. Owned. */
static char *stored_name(const TensorSet *set, const char *name)
{
    const bool same = set->h5 || strcmp(name, "label_embed") == 0;
    return same ? mem_strdup(name) : mem_format("param/%s", name);
}

/* The order in one of our own files: label_embed precedes all param/NAME. */
static int by_stored_name(const void *a, const void *b)
{
    const char *x = ((const FileEntry *)a)->name, *y = ((const FileEntry *)b)->name;
    const int labels_x = strcmp(x, "label_embed") == 0,
              labels_y = strcmp(y, "label_embed") == 0;
    return labels_x != labels_y ? labels_y - labels_x : strcmp(x, y);
}

/* Numbers of these types may be broken; float64 in our own files is no weight. */
static bool has_numbers(const TensorSet *set, const TensorEntry *e)
{
    if (!e->dtype || !strchr("FB", e->dtype[0]) || tensor_set_unreadable(e)) return false;
    return !set->h5 || strcmp(e->dtype, "F64") != 0;
}

/* Whether an array, as it is stored, has numbers that are not finite as float32. */
static bool is_damaged(const TensorSet *set, const TensorEntry *e, const uint8_t *data)
{
    enum { PIECE = 4096 };
    float value[PIECE];
    if (!has_numbers(set, e)) return false;
    const Dtype *type = dtype_find(e->dtype);
    for (int64_t at = 0; at < e->len; at += PIECE) {
        const int64_t n = e->len - at < PIECE ? e->len - at : PIECE;
        type->convert(data + at * type->bytes, n, value);
        for (int64_t k = 0; k < n; k++)
            if (!isfinite(value[k])) return true;
    }
    return false;
}

/* Adds a tensor to the content hash: by its stored checksum, or by its data. */
static void hash_tensor(const TensorSet *set, int64_t i, const char *type, const uint8_t *data,
                        Content *all)
{
    const TensorEntry *e = &set->entry[i];
    char *name = stored_name(set, e->name);
    if (set->checksum)
        content_add(all, name, type, e->ndim, e->shape, set->checksum(set->store, i));
    else
        content_add_data(all, name, type, e->ndim, e->shape, data, (size_t)e->bytes);
    mem_free(name);
}

/* The arrays with numbers that are not finite. */
typedef struct Damage {
    int64_t count, first;
} Damage;

/* Reads a tensor once: for its checksum, which our own files compare on reading, for the
 * content hash, and for its numbers. */
static int take_tensor(const TensorSet *set, int64_t i, const char *type, Content *all,
                       Damage *damage, Error *err)
{
    const TensorEntry *e = &set->entry[i];
    uint8_t *data = mem_alloc((size_t)e->bytes);
    const int status = set->read_raw(set->store, i, data, err);
    if (status == 0 && is_damaged(set, e, data) && damage->count++ == 0) damage->first = i;
    if (status == 0 && !(set->h5 && strncmp(e->name, "info/", 5) == 0))
        hash_tensor(set, i, type, data, all);
    mem_free(data);
    return status;
}

static int take_tensors(const TensorSet *set, FileInfo *out, Damage *damage, Error *err)
{
    int status = 0;
    Content *all = content_new();
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[i];
        file_info_add(out, e->name, e->opaque ? "unknown" : e->dtype, e->ndim, e->shape);
        if (status == 0 && !e->opaque)
            status = take_tensor(set, i, out->entry[i].type, all, damage, err);
    }
    content_end(all, out->content);
    if (!set->h5 && out->count)
        qsort(out->entry, (size_t)out->count, sizeof *out->entry, by_stored_name);
    return status;
}

/* Adds a fact: a line of text, and a member of the JSON object. Takes ownership of both. */
static void add_fact(FileInfo *out, char *line, const char *key, json_t *value)
{
    printable_make(line, "");
    char *about = out->about ? mem_format("%s\n%s", out->about, line) : mem_strdup(line);
    mem_free(out->about);
    mem_free(line);
    out->about = about;
    if (!out->details) out->details = json_object();
    json_object_set_new(out->details, key, value);
}

/* The label bank that a checkpoint names. */
static void describe_companion(const char *path, FileInfo *out)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    add_fact(out, mem_format("bank  %s", name), "bank", json_text(name));
}

static void describe_damage(const TensorSet *set, const Damage *d, FileInfo *out)
{
    char more[40] = "";
    if (d->count == 0) return;
    if (d->count > 1) snprintf(more, sizeof more, " and %ld more arrays", d->count - 1);
    add_fact(out,
             mem_format("NaN or infinite numbers in %s%s", set->entry[d->first].name, more),
             "not_finite", json_integer(d->count));
}

int weight_info_read(const char *path, FileInfo *out, Error *err)
{
    TensorSet set;
    if (tensor_set_open(path, &set, err) != 0) return -1;
    out->kind = mem_strdup(set.h5 ? h5_kind(set.h5) : "weights");
    Damage damage = {0};
    int status = 0;
    out->checksums = set.h5 != NULL;
    if (!set.h5 && set.verify) status = set.verify(set.store, &out->checksums, err);
    if (status == 0) status = take_tensors(&set, out, &damage, err);
    if (set.h5 && h5_companion_path(set.h5)) describe_companion(h5_companion_path(set.h5), out);
    if (set.where) add_fact(out, mem_strdup(set.where), "where", json_text(set.where));
    if (status == 0) describe_damage(&set, &damage, out);
    if (set.others) file_info_add(out, "(not weights)", "tensors", 1, &set.others);
    tensor_set_close(&set);
    return status;
}
