/* SPDX-License-Identifier: Apache-2.0 */
/* Lengthening the last parts of paths until they differ. */
#define _XOPEN_SOURCE 700
#include "core/io/path_names.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
    char *last = file_last_part(path), *real = NULL;
    if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0) real = realpath(path, NULL);
    mem_free(last);
    char *text = mem_strdup(real ? real : path);
    free(real);
    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--) text[n - 1] = 0;
    return text;
}

/* Lengthens every name that another path has too. Returns whether one changed. */
static bool lengthen(char *const *path, const char **name, bool *same, int64_t n)
{
    bool changed = false;
    for (int64_t i = 0; i < n; i++) {
        same[i] = false;
        for (int64_t j = 0; j < n && !same[i]; j++)
            same[i] = i != j && strcmp(name[i], name[j]) == 0;
    }
    for (int64_t i = 0; i < n; i++) {
        if (!same[i] || name[i] == path[i]) continue;
        name[i] = one_more(path[i], name[i]);
        changed = true;
    }
    return changed;
}

char **path_names(const char *const *path, int64_t n)
{
    char **text = mem_calloc((size_t)n, sizeof *text);
    const char **name = mem_calloc((size_t)n, sizeof *name);
    bool *same = mem_calloc((size_t)n, sizeof *same);
    for (int64_t i = 0; i < n; i++) {
        text[i] = tidy(path[i]);
        name[i] = one_more(text[i], text[i] + strlen(text[i]));
    }
    while (lengthen(text, name, same, n)) {
    }
    for (int64_t i = 0; i < n; i++) {
        char *copy = mem_strdup(name[i]);
        mem_free(text[i]);
        text[i] = copy;
    }
    mem_free(same);
    mem_free((void *)name);
    return text;
}

void path_names_free(char **name, int64_t n)
{
    for (int64_t i = 0; i < n; i++) mem_free(name[i]);
    mem_free(name);
}
