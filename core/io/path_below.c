/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of data, as text: nothing is opened here. */
#include "core/io/path_below.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <string.h>

/* Removes `.`, `..` and doubled slashes from a path in place. Returns false if `..` leads above
 * its start. */
static bool simplify(char *path)
{
    char *start = path + (path[0] == '/'), *to = start;
    for (const char *from = start; *from;) {
        const size_t n = strcspn(from, "/");
        const char *part = from;
        from += n + (from[n] == '/');
        if (n == 0 || (n == 1 && part[0] == '.')) continue;
        if (n == 2 && strncmp(part, "..", 2) == 0) {
            if (to == start) return false;
            while (to > start && *--to != '/') {
            }
            continue;
        }
        if (to > start) *to++ = '/';
        memmove(to, part, n);
        to += n;
    }
    *to = 0;
    return true;
}

static bool is_in(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/') n--;
    return folder[0] == '/' && strncmp(folder, path, n) == 0 && path[n] == '/';
}

static int check_absolute(const char *root, const char *name, const char *path, bool absolute,
                          Error *err)
{
    if (is_in("/dev", path) || is_in("/proc", path) || is_in("/sys", path))
        return error_set(err, ERROR_DATA, "%s: a file of the system", name);
    if (absolute || is_in(root, path)) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: an absolute path, not below %s; to allow these: data.absolute=true "
                     "(prepare triplets: --absolute; report: --images)",
                     name, *root ? root : "the current folder");
}

/* The last part of a name of a file is a name of its own. */
static bool names_folder(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    return !*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

static int check(const char *root, const char *name, char *path, bool absolute, Error *err)
{
    if (names_folder(name)) return error_set(err, ERROR_DATA, "%s: names no file", name);
    if (!simplify(path))
        return error_set(err, ERROR_DATA, "%s: leaves the folder %s", name,
                         *root ? root : "that it is relative to");
    return path[0] == '/' ? check_absolute(root, name, path, absolute, err) : 0;
}

char *path_below(const char *root, const char *name, bool absolute, Error *err)
{
    char *path = mem_strdup(name);
    char *full = check(root, name, path, absolute, err) == 0 ? file_join(root, path) : NULL;
    mem_free(path);
    return full;
}
