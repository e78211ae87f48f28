/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a file or folder. */
#include "core/json/file_info.h"

#include "core/json/json.h"
#include "core/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void file_info_add(FileInfo *info, const char *name, const char *type, int ndim,
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
