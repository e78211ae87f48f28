/* What a file or folder is. */
#define _XOPEN_SOURCE 700
#include "train/files/file_info.h"

#include "core/file.h"
#include "core/formats/dtype.h"
#include "core/formats/file_kind.h"
#include "core/formats/h5.h"
#include "core/formats/pth.h"
#include "core/formats/seal.h"
#include "core/formats/tensor_set.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "model/labels/bank_file.h"
#include "train/run_folder.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- entries ------------------------------------------------------------------------------ */

/* type in lower case, as in the program's own files. */
static void add_entry(FileInfo *info, const char *name, const char *type, int ndim,
                      const int64_t *shape)
{
    info->entry = mem_realloc(info->entry, (size_t)(info->count + 1) * sizeof *info->entry);
    FileEntry *e = &info->entry[info->count++];
    *e = (FileEntry){.name = mem_strdup(name), .ndim = ndim};
    memcpy(e->shape, shape, (size_t)ndim * sizeof *shape);
    for (size_t i = 0; type[i] && i + 1 < sizeof e->type; i++)
        e->type[i] = (char)tolower((unsigned char)type[i]);
}

void file_info_free(FileInfo *info)
{
    for (int64_t i = 0; i < info->count; i++) mem_free(info->entry[i].name);
    mem_free(info->entry);
    mem_free(info->kind);
    mem_free(info->about);
    json_decref(info->details);
    *info = (FileInfo){0};
}

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
        add_entry(out, e->name, type[e->type], e->ndim, e->shape);
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
        add_entry(out, e->name, e->dtype, e->ndim, e->shape);
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
    if (set.others) add_entry(out, "(not weights)", "tensors", 1, &set.others);
    tensor_set_close(&set);
    return status;
}

/* ---- label banks ------------------------------------------------------------------------------ */

static void describe_bank(const Labels *b, FileInfo *out)
{
    const int64_t tags = b->bank->tags, texts = b->bank->offset[tags], width = b->bank->dim;
    const BankIdentity *i = &b->identity;
    const JsonCount count[] = {{"tags", tags}, {"texts", texts}, {"width", width}};
    out->details = json_object();
    json_add_counts(out->details, count, sizeof count / sizeof *count);
    json_object_set_new(out->details, "encoder", json_text(i->encoder));
    json_object_set_new(out->details, "fingerprint", json_text(i->fingerprint));
    json_object_set_new(out->details, "texts_hash", json_text(i->texts));
    out->about = mem_format("%lld tags, %lld texts of hash %s, width %lld, encoder %s %s",
                            (long long)tags, (long long)texts, i->texts, (long long)width,
                            i->encoder, i->fingerprint);
}

/* Its rows, tags and offsets fit each other too. */
static int read_bank(const char *path, FileInfo *out, Error *err)
{
    Labels b;
    if (bank_file_read(path, &b, err) != 0) return -1;
    if (!out->kind) { /* nothing is known yet */
        out->kind = mem_strdup("bank");
        out->checksums = true;
        add_entry(out, "label_embed", "f32", 2,
                  (int64_t[]){b.bank->offset[b.bank->tags], b.bank->dim});
    }
    labels_content(&b, out->content);
    describe_bank(&b, out);
    labels_free(&b);
    return 0;
}

/* ---- folders ------------------------------------------------------------------------------ */

/* Number of lines of DIR/NAME, if there is such a file. */
static int add_lines(FileInfo *info, const char *dir, const char *name, const char *what,
                     Error *err)
{
    Lines lines;
    char *path = file_join(dir, name);
    const bool there = file_exists(path);
    const int status = there ? lines_read(path, &lines, err) : 0;
    mem_free(path);
    if (!there || status != 0) return status;
    add_entry(info, name, what, 1, &(int64_t){(int64_t)lines.count});
    lines_free(&lines);
    return 0;
}

static int add_records(FileInfo *info, const char *dir, Error *err)
{
    Annotations records;
    char *path = file_join(dir, "train.json");
    const bool there = file_exists(path);
    const int status =
        there ? annotations_read((const char *const[]){path}, 1, INT32_MAX, &records, err) : 0;
    mem_free(path);
    if (!there || status != 0) return status;
    add_entry(info, "train.json", "records", 1, &records.count);
    annotations_free(&records);
    return 0;
}

static int hash_file(const char *dir, const char *name, Hash *all, int64_t *bytes, Error *err)
{
    Bytes data;
    uint8_t hash[HASH_BYTES];
    char *path = file_join(dir, name);
    int status = file_read(path, &data, err);
    mem_free(path);
    if (status != 0) return -1;
    hash_of(data.data, data.len, hash);
    hash_add_array(all, name, "file", 1, &(int64_t){(int64_t)data.len}, hash);
    *bytes += (int64_t)data.len;
    bytes_free(&data);
    return 0;
}

static int hash_files(const char *dir, FileInfo *out, Error *err)
{
    Lines files;
    uint8_t hash[HASH_BYTES];
    int64_t pictures = 0;
    if (file_walk(dir, &files, err) != 0) return -1;
    Hash *all = hash_new();
    int status = 0;
    for (size_t i = 0; status == 0 && i < files.count; i++) {
        pictures += strncmp(files.line[i], "images/", 7) == 0;
        status = hash_file(dir, files.line[i], all, &out->bytes, err);
    }
    if (pictures) add_entry(out, "images/", "pictures", 1, &pictures);
    hash_result(all, hash);
    hash_hex(hash, out->content);
    hash_free(all);
    lines_free(&files);
    return status;
}

static int read_data(const char *path, FileInfo *out, Error *err)
{
    static const char *const lists[][2] = {
        {"train_tags.txt", "tags"},     {"tags.txt", "tags"},
        {"seen/tags.txt", "tags"},      {"seen/annotations.txt", "pictures"},
        {"unseen/tags.txt", "tags"},    {"unseen/annotations.txt", "pictures"},
        {"annotations.txt", "pictures"}};
    out->kind = mem_strdup("data");
    if (add_records(out, path, err) != 0) return -1;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (add_lines(out, path, lists[i][0], lists[i][1], err) != 0) return -1;
    return hash_files(path, out, err);
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
        add_entry(out, files.line[i], "bytes", 1, &bytes);
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

/* ---- all of them -------------------------------------------------------------------------- */

int file_info_read(const char *path, FileInfo *out, Error *err)
{
    enum FileKind kind;
    int status = -1;
    *out = (FileInfo){0};
    if (file_kind(path, &kind, err) != 0) return -1;
    if (!file_is_dir(path)) out->bytes = file_bytes(path);
    switch (kind) {
    case FILE_H5:
        status = read_h5(path, out, err);
        if (status == 0 && strcmp(out->kind, "bank") == 0) status = read_bank(path, out, err);
        break;
    case FILE_SAFETENSORS:
        if (bank_file_is_safetensors(path)) {
            status = read_bank(path, out, err);
            break;
        }
        status = read_tensors(path, out, err);
        break;
    case FILE_PTH:
        status = read_tensors(path, out, err);
        break;
    case FILE_RUN:
        status = read_run(path, out, err);
        break;
    case FILE_DATA:
        status = read_data(path, out, err);
        break;
    case FILE_OTHER:
        error_set(err, EXIT_DATA,
                  "%s: not weights, a checkpoint, a bank, a run folder or a data folder", path);
    }
    if (status != 0) file_info_free(out);
    return status;
}

json_t *file_info_json(const char *path, const FileInfo *info)
{
    json_t *o = json_pair("file", json_text(path));
    json_object_set_new(o, "kind", json_text(info->kind));
    json_object_set_new(o, "bytes", json_integer(info->bytes));
    json_object_set_new(o, "content", json_text(info->content[0] ? info->content : NULL));
    json_object_set_new(o, "checksums", json_boolean(info->checksums));
    if (info->details) json_object_update(o, info->details);
    return o;
}

const char *file_info_size(int64_t bytes, char out[static 24])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    char text[24];
    int i = 0;
    double size = (double)bytes;
    for (; size >= 1024 && i < 4; i++) size /= 1024;
    snprintf(text, sizeof text, i ? "%.1f %s" : "%.0f %s", size, unit[i]);
    return memcpy(out, text, sizeof text);
}
