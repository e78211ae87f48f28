/* SPDX-License-Identifier: Apache-2.0 */
/* Which tar files are read, and what they are called below the folder that holds all. */
#include "core/array.h"
#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/io/tar_path.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/prepare/shard_samples.h"

#include <string.h>

static void add(ShardList *l, int64_t *room, const char *path)
{
    l->path = array_grow(l->path, sizeof *l->path, l->count, room);
    l->path[l->count++] = mem_strdup(path);
}

static int add_folder(ShardList *l, int64_t *room, const char *folder, Error *err)
{
    Gathered g;
    const int64_t before = l->count;
    if (gather_own_files(folder, &g, err) != 0) return -1;
    for (int64_t i = 0; i < g.count; i++)
        if (strings_end_in(g.path[i], ".tar")) add(l, room, g.path[i]);
    gathered_free(&g);
    if (l->count > before) return 0;
    return error_set(err, ERROR_DATA, "%s: no file *.tar in this folder", folder);
}

/* Whether a path into this file would be known as one (tar_path_split). */
static int check_name(const char *path, Error *err)
{
    if (strings_end_in(path, ".tar") || strings_end_in(path, ".TAR")) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: the name of a shard ends in .tar: unpack it if it is compressed",
                     path);
}

/* The absolute path of a file in its folder; a link is not followed to its end. */
static int absolute(const char *path, char **out, Error *err)
{
    char *folder = file_folder(path), *last = file_last_part(path), *real;
    int status = file_real(folder, &real, err);
    if (status == 0 && !real) status = error_set(err, ERROR_DATA, "%s: no such file", path);
    if (status == 0) *out = file_join(real, last);
    mem_free(real);
    mem_free(last);
    mem_free(folder);
    return status;
}

/* Bytes of the longest folder, with its slash, that holds all files. */
static size_t common_folder(char *const *name, int64_t count)
{
    size_t n = (size_t)(strrchr(name[0], '/') - name[0]) + 1;
    for (int64_t i = 1; i < count; i++)
        while (strncmp(name[0], name[i], n) != 0 || name[0][n - 1] != '/') n--;
    return n;
}

static int find_names(ShardList *l, Error *err)
{
    int status = 0;
    l->name = mem_calloc((size_t)l->count, sizeof *l->name);
    for (int64_t i = 0; i < l->count && status == 0; i++) {
        status = check_name(l->path[i], err);
        if (status == 0) status = absolute(l->path[i], &l->name[i], err);
    }
    if (status != 0) return status;
    const size_t n = common_folder(l->name, l->count);
    l->root = mem_format("%.*s", n > 1 ? (int)n - 1 : 1, l->name[0]);
    for (int64_t i = 0; i < l->count; i++)
        memmove(l->name[i], l->name[i] + n, strlen(l->name[i] + n) + 1);
    return 0;
}

int shard_list_open(char *const *argument, int64_t arguments, ShardList *out, Error *err)
{
    int64_t room = 0;
    int status = 0;
    *out = (ShardList){0};
    for (int64_t i = 0; i < arguments && status == 0; i++) {
        if (file_is_dir(argument[i]))
            status = add_folder(out, &room, argument[i], err);
        else
            add(out, &room, argument[i]);
    }
    if (status == 0) status = find_names(out, err);
    if (status != 0) shard_list_free(out);
    return status;
}

void shard_list_free(ShardList *l)
{
    for (int64_t i = 0; i < l->count; i++) {
        mem_free(l->path[i]);
        if (l->name) mem_free(l->name[i]);
    }
    mem_free(l->path);
    mem_free(l->name);
    mem_free(l->root);
    *l = (ShardList){0};
}
