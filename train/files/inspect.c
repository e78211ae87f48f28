/* What a file or folder is. */
#define _XOPEN_SOURCE 700
#include "train/files/inspect.h"

#include "core/file.h"
#include "core/file_info.h"
#include "core/formats/dtype.h"
#include "core/formats/file_kind.h"
#include "core/formats/h5.h"
#include "core/formats/pth.h"
#include "core/formats/seal.h"
#include "core/formats/tensor_set.h"
#include "core/hash.h"
#include "core/mem.h"
#include "data/folder_info.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_info.h"
#include "train/run_folder.h"

#include <stdlib.h>
#include <string.h>

static int read_h5(const char *path, FileInfo *out, Error *err)
{
    static const char *const type[] = {
        [H5_F32] = "f32", [H5_F64] = "f64", [H5_I64] = "i64", [H5_U8] = "u8"};
    H5File *f = NULL;
    if (h5_open(path, &f, err) != 0) return -1;
    out->kind = mem_strdup(h5_kind(f));
    out->checksums = true;
    int status = h5_content(f, out->content, err); /* compares the checksums */
    for (int64_t i = 0; i < h5_count(f); i++) {
        const H5Entry *e = h5_entry(f, i);
        file_info_add(out, e->name, type[e->type], e->ndim, e->shape);
    }
    h5_close(f);
    return status;
}

/* The name under which a weights file of ours keeps a tensor of the reference. */
static char *stored_name(const char *name)
{
    return strcmp(name, "label_embed") == 0 ? mem_strdup(name) : mem_format("param/%s", name);
}

/* A tensor of a set, by the name it would have in a weights file of ours. */
typedef struct Stored {
    char *name;
    int64_t i;
} Stored;

static int by_stored_name(const void *a, const void *b)
{
    return strcmp(((const Stored *)a)->name, ((const Stored *)b)->name);
}

/* In the order in which a weights file of ours would list them. Owned, with the names. */
static Stored *sorted(const TensorSet *set)
{
    Stored *s = mem_calloc((size_t)set->count + 1, sizeof *s);
    for (int64_t i = 0; i < set->count; i++)
        s[i] = (Stored){stored_name(set->entry[i].name), i};
    qsort(s, (size_t)set->count, sizeof *s, by_stored_name);
    return s;
}

static int hash_tensor(const TensorSet *set, const Stored *s, const char *type, Hash *all,
                       Error *err)
{
    const TensorEntry *e = &set->entry[s->i];
    uint8_t hash[HASH_BYTES];
    const size_t bytes = (size_t)(e->len * dtype_find(e->dtype)->bytes);
    void *data = mem_alloc(bytes);
    int status = set->read_raw(set->store, s->i, data, err);
    if (status == 0) {
        hash_of(data, bytes, hash);
        hash_add_array(all, s->name, type, e->ndim, e->shape, hash);
    }
    mem_free(data);
    return status;
}

static int hash_tensors(const TensorSet *set, FileInfo *out, Error *err)
{
    uint8_t hash[HASH_BYTES];
    int status = 0;
    Stored *s = sorted(set);
    Hash *all = hash_new();
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[s[i].i];
        file_info_add(out, e->name, e->dtype, e->ndim, e->shape);
        if (status == 0) status = hash_tensor(set, &s[i], out->entry[i].type, all, err);
        mem_free(s[i].name);
    }
    hash_result(all, hash);
    hash_hex(hash, out->content);
    hash_free(all);
    mem_free(s);
    return status;
}

static int read_tensors(const char *path, FileInfo *out, Error *err)
{
    TensorSet set;
    if (tensor_set_open(path, &set, err) != 0) return -1;
    out->kind = mem_strdup("weights");
    int status = 0;
    if (set.verify) status = set.verify(set.store, &out->checksums, err);
    if (status == 0) status = hash_tensors(&set, out, err);
    if (set.others) file_info_add(out, "(not weights)", "tensors", 1, &set.others);
    tensor_set_close(&set);
    return status;
}

static int read_run(const char *path, FileInfo *out, Error *err)
{
    Lines files;
    FileInfo latest = {0};
    int status = 0;
    out->kind = mem_strdup("run");
    if (file_walk(path, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) {
        if (strcmp(files.line[i], "checkpoints/latest") == 0) continue; /* links */
        if (strcmp(files.line[i], "checkpoints/best") == 0) continue;
        char *full = file_join(path, files.line[i]);
        int64_t bytes = file_bytes(full);
        mem_free(full);
        out->bytes += bytes;
        file_info_add(out, files.line[i], "bytes", 1, &bytes);
    }
    lines_free(&files);
    char *newest = run_folder_latest(path);
    if (newest) status = read_h5(newest, &latest, err);
    memcpy(out->content, latest.content, sizeof out->content);
    out->checksums = latest.checksums;
    file_info_free(&latest);
    mem_free(newest);
    return status;
}

/* A label bank is stored in either of two formats. */
static int read_h5_or_bank(const char *path, FileInfo *out, Error *err)
{
    if (read_h5(path, out, err) != 0) return -1;
    return strcmp(out->kind, "bank") == 0 ? bank_info_read(path, out, err) : 0;
}

static int read_safetensors(const char *path, FileInfo *out, Error *err)
{
    if (bank_file_is_safetensors(path)) return bank_info_read(path, out, err);
    return read_tensors(path, out, err);
}

static int read_other(const char *path, FileInfo *out, Error *err)
{
    (void)out;
    return error_set(err, EXIT_DATA,
                     "%s: not weights, a checkpoint, a bank, a run folder or a data folder",
                     path);
}

static int (*const readers[])(const char *path, FileInfo *out, Error *err) = {
    [FILE_H5] = read_h5_or_bank,    [FILE_SAFETENSORS] = read_safetensors,
    [FILE_PTH] = read_tensors,      [FILE_RUN] = read_run,
    [FILE_DATA] = folder_info_read, [FILE_OTHER] = read_other,
};

int inspect(const char *path, FileInfo *out, Error *err)
{
    enum FileKind kind;
    *out = (FileInfo){0};
    if (file_kind(path, &kind, err) != 0) return -1;
    if (!file_is_dir(path)) out->bytes = file_bytes(path);
    if (readers[kind](path, out, err) == 0) return 0;
    file_info_free(out);
    return -1;
}
