/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of data: first as text, then as the file system resolves them. Nothing is
 * opened. */
#include "core/io/path_below.h"

#include "core/io/file.h"
#include "core/io/tar_path.h"
#include "core/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALLOW                                                                                  \
    "; to allow these: data.absolute=true (prepare triplets: --absolute; report: --images)"

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

bool path_of_system(const char *root, const char *path)
{
    static const char *const folder[] = {"/dev", "/proc", "/sys"};
    for (size_t i = 0; i < sizeof folder / sizeof *folder; i++)
        if ((is_in(folder[i], path) || strcmp(folder[i], path) == 0) &&
            !(is_in(folder[i], root) && is_in(root, path)))
            return true;
    return false;
}

static int refuse_system(const char *name, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: a file of the system", name);
}

static int check_absolute(const char *root, const char *name, const char *path, bool absolute,
                          Error *err)
{
    if (absolute || is_in(root, path)) return 0;
    return error_set(err, ERROR_DATA, "%s: an absolute path, not below %s" ALLOW, name,
                     *root ? root : "the current folder");
}

/* The last part of a name of a file is a name of its own. */
static bool names_folder(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    return !*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

static int check_text(const char *root, const char *name, char *path, bool absolute, Error *err)
{
    if (names_folder(name)) return error_set(err, ERROR_DATA, "%s: names no file", name);
    if (!simplify(path))
        return error_set(err, ERROR_DATA, "%s: leaves the folder %s", name,
                         *root ? root : "that it is relative to");
    if (path_of_system(root, path)) return refuse_system(name, err);
    return path[0] == '/' ? check_absolute(root, name, path, absolute, err) : 0;
}

/* target: the path without links. */
static int check_target(const char *root, const char *name, const char *target, bool absolute,
                        Error *err)
{
    char *folder;
    int status = file_real(*root ? root : ".", &folder, err);
    if (status != 0) return status;
    const char *base = folder ? folder : root;
    if (path_of_system(base, target))
        status = refuse_system(name, err);
    else if (!absolute && !is_in(base, target))
        status = error_set(err, ERROR_DATA, "%s: a link leads out of the folder %s" ALLOW, name,
                           base);
    mem_free(folder);
    return status;
}

/* Where nothing is, the path leads nowhere: whoever opens it says so. */
static int check_links(const char *root, const char *name, const char *path, bool absolute,
                       Error *err)
{
    char *target;
    if (file_real(path, &target, err) != 0) return -1;
    if (!target && errno == ENAMETOOLONG)
        return error_set(err, ERROR_DATA, "%s: %s", name, strerror(errno));
    const int status = target ? check_target(root, name, target, absolute, err) : 0;
    mem_free(target);
    return status;
}

/* check_links of the file itself: of a member, of the tar file that it is in. */
static int check_file(const char *root, const char *name, char *path, bool absolute, Error *err)
{
    const char *member = tar_path_member(path);
    char *slash = member ? path + (member - path) - 1 : NULL;
    if (slash) *slash = 0;
    const int status = check_links(root, name, path, absolute, err);
    if (slash) *slash = '/';
    return status;
}

char *path_below(const char *root, const char *name, bool absolute, Error *err)
{
    char *text = mem_strdup(name), *path = NULL;
    if (check_text(root, name, text, absolute, err) == 0) path = file_join(root, text);
    mem_free(text);
    if (!path || check_file(root, name, path, absolute, err) == 0) return path;
    mem_free(path);
    return NULL;
}
