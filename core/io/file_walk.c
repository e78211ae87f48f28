/* SPDX-License-Identifier: Apache-2.0 */
/* Listing a folder, then each folder in it. */
#include "core/io/file_walk.h"

#include "core/io/file_open.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Walk {
    const char *root;
    char **path; /* [count] relative to root */
    size_t count, room;
} Walk;

static void add(Walk *w, char *path)
{
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : 256;
        w->path = mem_realloc(w->path, w->room * sizeof *w->path);
    }
    w->path[w->count++] = path;
}

static int fail(const char *path, Error *err)
{
    return error_set(err, file_fault_code(errno), "%s: cannot list: %s", path, strerror(errno));
}

static int list(Walk *w, const char *below, Error *err);

/* Adds one name, which the walk owns afterwards. What has gone in the meantime, and a link to
 * nothing, are no files. */
static int visit(Walk *w, const char *full, char *name, Error *err)
{
    struct stat own, info;
    int status = 0;
    if (lstat(full, &own) != 0 || stat(full, &info) != 0) {
        if (file_fault_code(errno) != ERROR_DATA) status = fail(full, err);
    } else if (S_ISDIR(own.st_mode)) {
        status = list(w, name, err);
    } else if (S_ISREG(info.st_mode)) {
        add(w, name);
        return 0;
    }
    mem_free(name);
    return status;
}

static int list_open(Walk *w, DIR *d, const char *dir, const char *below, Error *err)
{
    int status = 0;
    for (struct dirent *e; status == 0 && (errno = 0, e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char *full = file_join(dir, e->d_name);
        status = visit(w, full, file_join(below, e->d_name), err);
        mem_free(full);
    }
    return status == 0 && errno ? fail(dir, err) : status;
}

static int list(Walk *w, const char *below, Error *err)
{
    char *dir = *below ? file_join(w->root, below) : mem_strdup(w->root);
    DIR *d;
    int tried = 0;
    while (!(d = opendir(dir)) && file_call_again(&tried)) {
    }
    const int status = d ? list_open(w, d, dir, below, err) : fail(dir, err);
    if (d) closedir(d);
    mem_free(dir);
    return status;
}

/* Moves the paths into one block. */
static void gather(Walk *w, Lines *out)
{
    size_t bytes = 0, at = 0;
    for (size_t i = 0; i < w->count; i++) bytes += strlen(w->path[i]) + 1;
    if (w->count) qsort(w->path, w->count, sizeof *w->path, strings_compare);
    out->storage = mem_alloc(bytes);
    for (size_t i = 0; i < w->count; i++) {
        const size_t n = strlen(w->path[i]) + 1;
        memcpy(out->storage + at, w->path[i], n);
        mem_free(w->path[i]);
        w->path[i] = out->storage + at;
        at += n;
    }
    out->line = w->path;
    out->count = w->count;
}

int file_walk(const char *dir, Lines *out, Error *err)
{
    *out = (Lines){0};
    Walk w = {.root = dir};
    const int status = list(&w, "", err);
    gather(&w, out);
    if (status != 0) lines_free(out);
    return status;
}
