/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a file or folder, from its first bytes and its name. */
#include "core/formats/file_kind.h"

#include "core/formats/pth.h"
#include "core/hdf5/checksum_block.h"
#include "core/io/file.h"
#include "core/io/first_bytes.h"
#include "core/io/gather.h"
#include "core/io/link.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdbool.h>
#include <string.h>

static bool has(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    bool there = file_exists(path);
    mem_free(path);
    return there;
}

/* Whether it is a benchmark of the reference implementation. */
static bool has_tag_list(const char *dir)
{
    Gathered files = {0};
    bool there = false;
    if (gather_own_files(dir, &files, NULL) == 0)
        for (int64_t i = 0; i < files.count; i++)
            there = there || strings_end_in(files.path[i], "_taglist.txt");
    gathered_free(&files);
    return there;
}

static enum FileKind folder_kind(const char *path)
{
    if (has(path, "checkpoints")) return FILE_RUN;
    const bool data = has(path, "train.json") || has(path, "tags.txt") || has_tag_list(path);
    return data ? FILE_DATA : FILE_OTHER;
}

/* The kind by the first bytes; FILE_OTHER if they are inconclusive. */
static enum FileKind kind_of_bytes(const char head[static 16])
{
    if (checksum_block_marks(head)) return FILE_H5;
    if (pth_magic(head)) return FILE_PTH;
    const bool json = memcmp(head + 4, "\0\0\0\0{", 5) == 0; /* after a length below 4 GiB */
    return json ? FILE_SAFETENSORS : FILE_OTHER;
}

/* The kind by the name, for a file whose first bytes may be corrupt. */
static enum FileKind kind_of_name(const char *path)
{
    static const struct {
        const char *ending;
        enum FileKind kind;
    } rows[] = {{".h5", FILE_H5},   {".safetensors", FILE_SAFETENSORS},
                {".pth", FILE_PTH}, {".pt", FILE_PTH},
                {".bin", FILE_PTH}, {".index.json", FILE_INDEX}};
    enum FileKind kind = FILE_OTHER;
    char *real = link_real(path); /* the target of links such as `latest` and `best` */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strings_end_in(real, rows[i].ending)) kind = rows[i].kind;
    mem_free(real);
    return kind;
}

static int any_file(const char *path, enum FileKind *out, Error *err)
{
    char head[16];
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    *out = kind_of_bytes(head);
    if (*out == FILE_OTHER) *out = kind_of_name(path);
    return 0;
}

static int file_of_arrays(const char *path, enum FileKind *out, Error *err)
{
    char head[16];
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    *out = kind_of_bytes(head);
    if (*out != FILE_OTHER) return 0;
    const char *what = first_bytes_of_file(path);
    *out = kind_of_name(path);
    if (*out == FILE_INDEX || (*out != FILE_OTHER && !what)) return 0;
    if (*out == FILE_H5)
        return error_set(err, ERROR_CHECKPOINT, "%s: not a file of ramplus: %s", path, what);
    return error_set(err, ERROR_DATA,
                     "%s: not a file of weights (.pth, .safetensors or .h5): %s", path,
                     what ? what : "unknown first bytes");
}

int file_kind(const char *path, enum FileKind *out, Error *err)
{
    if (file_is_dir(path)) return *out = folder_kind(path), 0;
    char *file = link_follow(path);
    const int status = any_file(file, out, err);
    mem_free(file);
    return status;
}

int file_kind_arrays(const char *path, enum FileKind *out, Error *err)
{
    if (file_is_dir(path)) return error_set(err, ERROR_DATA, "%s: a folder, not a file", path);
    char *file = link_follow(path);
    const int status = file_of_arrays(file, out, err);
    mem_free(file);
    return status;
}
