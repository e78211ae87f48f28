/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a path a tar file ends. */
#include "core/io/tar_path.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <string.h>
#include <strings.h>

static bool is_tar_name(const char *name, size_t n)
{
    static const char *const ending[] = {".tar",     ".tar.gz", ".tgz",
                                         ".tar.bz2", ".tar.xz", ".tar.zst"};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        const size_t e = strlen(ending[i]);
        if (n > e && strncasecmp(name + n - e, ending[i], e) == 0) return true;
    }
    return false;
}

size_t tar_path_split(const char *name, size_t from)
{
    for (const char *p = strchr(name + from, '/'); p; p = strchr(p + 1, '/'))
        if (p[1] && (size_t)(p - name) > from && is_tar_name(name, (size_t)(p - name)))
            return (size_t)(p - name);
    return 0;
}

const char *tar_path_member(const char *path)
{
    for (size_t n = tar_path_split(path, 0); n; n = tar_path_split(path, n)) {
        char *tar = mem_format("%.*s", (int)n, path);
        const bool folder = file_is_dir(tar);
        mem_free(tar);
        if (!folder) return path + n + 1;
    }
    return NULL;
}

int tar_path_find(const char *path, bool *found, Error *err)
{
    const char *member = tar_path_member(path);
    if (!member) return file_find(path, found, err);
    char *tar = mem_format("%.*s", (int)(member - path - 1), path);
    const int status = file_find(tar, found, err);
    mem_free(tar);
    return status;
}
