/* SPDX-License-Identifier: Apache-2.0 */
/* Finding images among the arguments of a command. */
#include "eval/image_paths.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <string.h>
#include <strings.h>

static void add_path(ImagePaths *p, char *path)
{
    p->path = mem_realloc(p->path, (size_t)(p->count + 1) * sizeof *p->path);
    p->path[p->count++] = path;
}

static bool looks_like_image(const char *name)
{
    static const char *const ending[] = {".jpg", ".jpeg", ".png", ".webp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ending / sizeof ending[0]; i++)
        if (strcasecmp(dot, ending[i]) == 0) return true;
    return false;
}

static int add_folder(ImagePaths *p, const char *folder, Error *err)
{
    Lines files;
    if (file_walk(folder, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++)
        if (looks_like_image(files.line[i])) add_path(p, file_join(folder, files.line[i]));
    lines_free(&files);
    return 0;
}

int image_paths_find(char *const *argument, int64_t arguments, ImagePaths *out, Error *err)
{
    *out = (ImagePaths){0};
    for (int64_t i = 0; i < arguments; i++) {
        if (!file_is_dir(argument[i]))
            add_path(out, mem_strdup(argument[i]));
        else if (add_folder(out, argument[i], err) != 0)
            return -1;
    }
    if (out->count > 0) return 0;
    return error_set(err, ERROR_DATA, "%s: contains no images", argument[0]);
}

void image_paths_free(ImagePaths *p)
{
    for (int64_t i = 0; i < p->count; i++) mem_free(p->path[i]);
    mem_free(p->path);
    *p = (ImagePaths){0};
}

int image_paths_check(const ImagePaths *p, int64_t good, Error *err)
{
    if (good == p->count) return 0;
    return error_set(err, ERROR_DATA, "%ld of %ld images could not be read", (p->count - good),
                     p->count);
}
