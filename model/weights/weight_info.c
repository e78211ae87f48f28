/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about files of arrays. */
#include "model/weights/weight_info.h"

#include "core/formats/tensor_set.h"
#include "core/hdf5/h5_companion.h"
#include "core/io/content.h"
#include "core/io/json.h"
#include "core/mem.h"

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

/* Adds a tensor to the content hash: by its stored checksum, which was verified, or by its
 * data. */
static int hash_tensor(const TensorSet *set, int64_t i, const char *type, Content *all,
                       Error *err)
{
    const TensorEntry *e = &set->entry[i];
    char *name = stored_name(set, e->name);
    void *data = NULL;
    int status = 0;
    if (set->checksum) {
        content_add(all, name, type, e->ndim, e->shape, set->checksum(set->store, i));
    } else {
        const size_t bytes = (size_t)e->bytes;
        data = mem_alloc(bytes);
        status = set->read_raw(set->store, i, data, err);
        if (status == 0) content_add_data(all, name, type, e->ndim, e->shape, data, bytes);
    }
    mem_free(data);
    mem_free(name);
    return status;
}

static int hash_tensors(const TensorSet *set, FileInfo *out, Error *err)
{
    int status = 0;
    Content *all = content_new();
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[i];
        file_info_add(out, e->name, e->opaque ? "unknown" : e->dtype, e->ndim, e->shape);
        if (status == 0 && !e->opaque && !(set->h5 && strncmp(e->name, "info/", 5) == 0))
            status = hash_tensor(set, i, out->entry[i].type, all, err);
    }
    content_end(all, out->content);
    if (!set->h5 && out->count)
        qsort(out->entry, (size_t)out->count, sizeof *out->entry, by_stored_name);
    return status;
}

/* The label bank that a checkpoint names. */
static void describe_companion(const char *path, FileInfo *out)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    out->details = json_pair("bank", json_text(name));
    out->about = mem_format("bank  %s", name);
}

int weight_info_read(const char *path, FileInfo *out, Error *err)
{
    TensorSet set;
    if (tensor_set_open(path, &set, err) != 0) return -1;
    out->kind = mem_strdup(set.h5 ? h5_kind(set.h5) : "weights");
    int status = 0;
    if (set.verify) status = set.verify(set.store, &out->checksums, err);
    if (status == 0) status = hash_tensors(&set, out, err);
    if (set.h5 && h5_companion_path(set.h5)) describe_companion(h5_companion_path(set.h5), out);
    if (set.others) file_info_add(out, "(not weights)", "tensors", 1, &set.others);
    tensor_set_close(&set);
    return status;
}
