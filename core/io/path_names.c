/* SPDX-License-Identifier: Apache-2.0 */
/* Lengthening the last parts of paths until they differ. */
#include "core/io/path_names.h"

#include "core/io/file.h"
#include "core/io/link.h"
#include "core/mem.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The part of `path` that begins one component before `name`, which lies inside it. */
static const char *one_more(const char *path, const char *name)
{
    while (name > path && name[-1] == '/') name--;
    while (name > path && name[-1] != '/') name--;
    return name;
}

/* Without slashes at the end; a path that ends in "." or ".." by its real name. Owned. */
static char *tidy(const char *path)
{
    char *last = file_last_part(path);
    const bool nameless = strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
    char *text = nameless ? link_real(path) : mem_strdup(path);
    mem_free(last);
    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--) text[n - 1] = 0;
    return text;
}

/* As a file system that ignores case sees it, since folders get these names. */
static bool any_equal(const char **name, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            if (strcasecmp(name[i], name[j]) == 0) return true;
    return false;
}

/* Lengthens every name by one part. Returns whether one changed. */
static bool lengthen(char *const *path, const char **name, int64_t n)
{
    bool changed = false;
    for (int64_t i = 0; i < n; i++) {
        changed |= name[i] > path[i];
        name[i] = one_more(path[i], name[i]);
    }
    return changed;
}

char **path_names(const char *const *path, int64_t n)
{
    char **text = mem_calloc((size_t)n, sizeof *text);
    const char **name = mem_calloc((size_t)n, sizeof *name);
    for (int64_t i = 0; i < n; i++) {
        text[i] = tidy(path[i]);
        name[i] = text[i] + strlen(text[i]);
    }
    while (lengthen(text, name, n) && any_equal(name, n)) {
    }
    for (int64_t i = 0; i < n; i++) {
        char *copy = mem_strdup(name[i]);
        mem_free(text[i]);
        text[i] = copy;
    }
    mem_free((void *)name);
    return text;
}

void path_names_free(char **name, int64_t n)
{
    for (int64_t i = 0; i < n; i++) mem_free(name[i]);
    mem_free(name);
}
