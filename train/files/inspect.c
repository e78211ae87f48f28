/* SPDX-License-Identifier: Apache-2.0 */
/* Identifying files and folders. */
#include "train/files/inspect.h"

#include "core/formats/file_kind.h"
#include "core/formats/tensor_shards.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/first_bytes.h"
#include "core/io/link.h"
#include "core/json/file_info.h"
#include "core/mem.h"
#include "data/folder_info.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_info.h"
#include "model/weights/run_checkpoint.h"
#include "model/weights/weight_info.h"

#include <stdlib.h>
#include <string.h>

static int read_run(const char *path, FileInfo *out, Error *err)
{
    Lines files;
    FileInfo latest = {0};
    int status = 0;
    out->kind = mem_strdup("run");
    if (file_walk(path, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) {
        if (run_checkpoint_is_link(files.line[i])) continue;
        char *full = file_join(path, files.line[i]);
        int64_t bytes = file_bytes(full);
        mem_free(full);
        out->bytes += bytes;
        file_info_add(out, files.line[i], "bytes", 1, &bytes);
    }
    lines_free(&files);
    char *newest = run_checkpoint_latest(path);
    if (newest) status = weight_info_read(newest, &latest, err);
    memcpy(out->content, latest.content, sizeof out->content);
    out->checksums = latest.checksums;
    file_info_free(&latest);
    mem_free(newest);
    return status;
}

/* A label bank may be an HDF5 or a safetensors file. */
static int read_h5_or_bank(const char *path, FileInfo *out, Error *err)
{
    if (weight_info_read(path, out, err) != 0) return -1;
    return strcmp(out->kind, "bank") == 0 ? bank_info_read(path, out, err) : 0;
}

static int read_safetensors(const char *path, FileInfo *out, Error *err)
{
    if (bank_file_is_safetensors(path)) return bank_info_read(path, out, err);
    return weight_info_read(path, out, err);
}

static int read_other(const char *path, FileInfo *out, Error *err)
{
    char *weights = file_is_dir(path) ? tensor_shards_resolve(path) : NULL;
    if (weights) {
        const int status = weight_info_read(weights, out, err);
        mem_free(weights);
        return status;
    }
    const char *what = first_bytes_of_file(path);
    return error_set(
        err, ERROR_DATA,
        "%s: not a weights file, checkpoint, label bank, run folder or data folder%s%s", path,
        what ? ": " : "", what ? what : "");
}

static int (*const readers[])(const char *path, FileInfo *out, Error *err) = {
    [FILE_H5] = read_h5_or_bank,   [FILE_SAFETENSORS] = read_safetensors,
    [FILE_PTH] = weight_info_read, [FILE_INDEX] = weight_info_read,
    [FILE_RUN] = read_run,         [FILE_DATA] = folder_info_read,
    [FILE_OTHER] = read_other,
};

int inspect(const char *path, FileInfo *out, Error *err)
{
    enum FileKind kind;
    *out = (FileInfo){0};
    if (file_kind(path, &kind, err) != 0) return -1;
    char *file = link_follow(path);
    if (!file_is_dir(file)) out->bytes = file_bytes(file);
    mem_free(file);
    if (readers[kind](path, out, err) == 0) return 0;
    file_info_free(out);
    return -1;
}
