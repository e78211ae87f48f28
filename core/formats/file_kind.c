/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a file or folder, from its first bytes and its name. */
#define _XOPEN_SOURCE 700
#include "core/formats/file_kind.h"

#include "core/formats/pth.h"
#include "core/hdf5/checksum_block.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool has(const char *dir, const char *name)
{
    char *path = file_join(dir, name);
    bool there = file_exists(path);
    mem_free(path);
    return there;
}

static enum FileKind folder_kind(const char *path)
{
    if (has(path, "checkpoints")) return FILE_RUN;
    return has(path, "train.json") || has(path, "tags.txt") ? FILE_DATA : FILE_OTHER;
}

/* The first bytes decide; if they are inconclusive, perhaps because the file is corrupt, the
 * name does. */
static enum FileKind kind_of(const char *name, const char head[static 16])
{
    if (checksum_block_marks(head)) return FILE_H5;
    if (pth_magic(head)) return FILE_PTH;
    if (strings_end_in(name, ".h5")) return FILE_H5;
    if (strings_end_in(name, ".safetensors") || head[8] == '{') return FILE_SAFETENSORS;
    if (strings_end_in(name, ".pth") || strings_end_in(name, ".pt") ||
        strings_end_in(name, ".bin"))
        return FILE_PTH;
    return FILE_OTHER;
}

int file_kind(const char *path, enum FileKind *out, Error *err)
{
    char head[16];
    if (file_is_dir(path)) {
        *out = folder_kind(path);
        return 0;
    }
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    char *real = realpath(path, NULL); /* the target of links such as `latest` and `best` */
    *out = kind_of(real ? real : path, head);
    mem_free(real);
    return 0;
}

enum FileKind file_kind_guess(const char *path)
{
    enum FileKind kind;
    return file_kind(path, &kind, NULL) == 0 ? kind : kind_of(path, (char[16]){0});
}
