/* What a file or folder is. */
#define _XOPEN_SOURCE 700
#include "train/file_info.h"

#include "core/file.h"
#include "core/h5.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/safetensors.h"
#include "data/annotations.h"
#include "train/run_folder.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kinds -------------------------------------------------------------------------------- */

static bool has(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    bool there = file_exists(path);
    mem_free(path);
    return there;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

static enum FileKind folder_kind(const char *path)
{
    if (has(path, "checkpoints")) return FILE_RUN;
    return has(path, "train.json") || has(path, "tags.txt") ? FILE_DATA : FILE_OTHER;
}

/* The first bytes decide; when they say nothing, perhaps for damage, the name does. */
static enum FileKind kind_of(const char *name, const char head[static 16])
{
    if (memcmp(head, "RAMPLUS1", 8) == 0) return FILE_H5;
    if (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "\x80\x02", 2) == 0) return FILE_PTH;
    if (ends_in(name, ".h5")) return FILE_H5;
    if (ends_in(name, ".safetensors") || head[8] == '{') return FILE_SAFETENSORS;
    return FILE_OTHER;
}

int file_kind(const char *path, enum FileKind *out, Error *err)
{
    char head[16] = "";
    if (file_is_dir(path)) {
        *out = folder_kind(path);
        return 0;
    }
    FILE *file = fopen(path, "rb");
    if (!file) return error_set(err, EXIT_DATA, "%s: cannot open: %s", path, strerror(errno));
    size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    memset(head + n, 0, sizeof head - n);
    char *real = realpath(path, NULL); /* what the links `latest` and `best` name */
    *out = kind_of(real ? real : path, head);
    mem_free(real);
    return 0;
}

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

static int hash_tensor(StFile *f, const FileEntry *shown, Hash *all, Error *err)
{
    const StEntry *e = st_find(f, shown->name);
    uint8_t hash[HASH_BYTES];
    uint64_t bytes = e->end - e->begin;
    void *data = mem_alloc(bytes);
    char *name = stored_name(e->name);
    int status = st_read_raw(f, e, data, err);
    if (status == 0) {
        hash_of(data, bytes, hash);
        hash_add_array(all, name, shown->type, e->ndim, e->shape, hash);
    }
    mem_free(name);
    mem_free(data);
    return status;
}

/* In the order in which a weights file of ours would list them. */
static int by_stored_name(const void *a, const void *b)
{
    char *x = stored_name(((const FileEntry *)a)->name);
    char *y = stored_name(((const FileEntry *)b)->name);
    int order = strcmp(x, y);
    mem_free(x);
    mem_free(y);
    return order;
}

static int read_safetensors(const char *path, FileInfo *out, Error *err)
{
    StFile *f = NULL;
    uint8_t hash[HASH_BYTES];
    int status = 0;
    if (st_open(path, &f, err) != 0) return -1;
    out->kind = mem_strdup("weights");
    for (int64_t i = 0; i < st_count(f); i++) {
        const StEntry *e = st_entry(f, i);
        add_entry(out, e->name, e->dtype, e->ndim, e->shape);
    }
    if (out->count) qsort(out->entry, (size_t)out->count, sizeof *out->entry, by_stored_name);
    Hash *all = hash_new();
    for (int64_t i = 0; status == 0 && i < out->count; i++)
        status = hash_tensor(f, &out->entry[i], all, err);
    hash_result(all, hash);
    hash_hex(hash, out->content);
    hash_free(all);
    st_close(f);
    return status;
}

/* ---- folders ------------------------------------------------------------------------------ */

/* Number of lines of DIR/NAME, if there is such a file. */
static int add_lines(FileInfo *info, const char *dir, const char *name, const char *what,
                     Error *err)
{
    Lines lines;
    if (!has(dir, name)) return 0;
    char *path = file_join(dir, name);
    int status = lines_read(path, &lines, err);
    mem_free(path);
    if (status != 0) return -1;
    add_entry(info, name, what, 1, &(int64_t){(int64_t)lines.count});
    lines_free(&lines);
    return 0;
}

static int add_records(FileInfo *info, const char *dir, Error *err)
{
    Annotations records;
    if (!has(dir, "train.json")) return 0;
    char *path = file_join(dir, "train.json");
    int status = annotations_read((const char *const[]){path}, 1, INT32_MAX, &records, err);
    mem_free(path);
    if (status != 0) return -1;
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
        break;
    case FILE_SAFETENSORS:
        status = read_safetensors(path, out, err);
        break;
    case FILE_RUN:
        status = read_run(path, out, err);
        break;
    case FILE_DATA:
        status = read_data(path, out, err);
        break;
    case FILE_PTH:
        error_set(err, EXIT_DATA,
                  "%s: a PyTorch file: cannot be read yet, save it as safetensors", path);
        break;
    case FILE_OTHER:
        error_set(err, EXIT_DATA,
                  "%s: not weights, a checkpoint, a run folder or a data folder", path);
    }
    if (status != 0) file_info_free(out);
    return status;
}

void file_info_json(Text *out, const char *path, const FileInfo *info)
{
    text_put(out, "\"file\": ");
    text_json(out, path);
    text_put(out, ", \"kind\": ");
    text_json(out, info->kind);
    text_add(out, ", \"bytes\": %" PRId64 ", \"content\": ", info->bytes);
    if (info->content[0])
        text_json(out, info->content);
    else
        text_put(out, "null");
    text_put(out, info->checksums ? ", \"checksums\": true" : ", \"checksums\": false");
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
