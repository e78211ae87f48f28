/* SPDX-License-Identifier: Apache-2.0 */
/* Tries the ways in which a name may be meant. */
#include "data/folder/image_name.h"

#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/tar_path.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/image/endings.h"

#include <string.h>

/* The rest of an absolute path below an absolute folder; NULL: it is not. */
static const char *rest_below(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    while (n && folder[n - 1] == '/') n--;
    if (strncmp(folder, path, n) != 0 || path[n] != '/') return NULL;
    return path + n + strspn(path + n, "/");
}

/* The name below the root, as written or as the root really is called; NULL: not below it. */
static const char *relative(const char *root, const char *name, Error *why)
{
    char *real;
    const char *rest = *root == '/' ? rest_below(root, name) : NULL;
    while (strncmp(name, "./", 2) == 0) name += 2 + strspn(name + 2, "/");
    if (*name != '/' || rest) return rest ? rest : name;
    if (file_real(*root ? root : ".", &real, why) != 0) return NULL;
    rest = real ? rest_below(real, name) : NULL;
    mem_free(real);
    if (!rest)
        error_set(why, ERROR_DATA, "not below %s: choose the folder with --images", root);
    return rest;
}

/* The name without . and .., owned, and whether the file is there; NULL on failure. */
static char *find(const char *root, const char *name, bool *found, Error *why)
{
    char *path = path_below(root, name, false, why);
    *found = false;
    if (!path || tar_path_find(path, found, why) != 0) return mem_free(path), NULL;
    const char *rest = *root ? rest_below(root, path) : path;
    char *own = mem_strdup(rest ? rest : path);
    mem_free(path);
    return own;
}

/* Replaces *own by what the other name leads to if that is there. Returns whether it is, or
 * failed. */
static bool try(const char *root, const char *other, char **own, Error *why)
{
    bool found;
    char *name = find(root, other, &found, why);
    if (name && !found) return mem_free(name), false;
    mem_free(*own);
    *own = name;
    return true;
}

/* Slashes where Windows has others. */
static bool try_slashes(const char *root, char **own, Error *why)
{
    if (strchr(*own, '/') || !strchr(*own, '\\')) return false;
    char *other = mem_strdup(*own);
    for (char *p = other; *p; p++)
        if (*p == '\\') *p = '/';
    const bool done = try(root, other, own, why);
    mem_free(other);
    return done;
}

static bool try_endings(const char *root, char **own, Error *why)
{
    bool done = false;
    for (int i = 0; !done && image_endings[i]; i++) {
        char *other = mem_format("%s%s", *own, image_endings[i]);
        done = try(root, other, own, why);
        mem_free(other);
    }
    return done;
}

static int check_name(const char *name, Error *why)
{
    if (utf8_blank(name)) return error_set(why, ERROR_DATA, "no name of an image");
    if (printable_find_fault(name))
        return error_set(why, ERROR_DATA, "has characters that cannot be printed");
    if (strstr(name, "://"))
        return error_set(why, ERROR_DATA, "an address: download the images first");
    return 0;
}

char *image_name_below(const char *root, const char *name, bool exists, int64_t *missing,
                       Error *why)
{
    bool found;
    if (check_name(name, why) != 0) return NULL;
    const char *rest = relative(root, name, why);
    char *own = rest ? find(root, rest, &found, why) : NULL;
    if (!own || !exists || found) return own;
    if (try_slashes(root, &own, why)) return own;
    if (!image_ending_in(own) && try_endings(root, &own, why)) return own;
    ++*missing;
    error_set(why, ERROR_DATA, "no such image in %s", *root ? root : ".");
    mem_free(own);
    return NULL;
}

void image_name_warn(int64_t missing, const char *root)
{
    if (missing)
        log_warn("%ld images are not in %s: --images gives their folder", missing, root);
}
