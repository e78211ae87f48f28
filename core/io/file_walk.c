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

typedef struct Texts {
    char **text; /* [count] owned */
    size_t count, room;
} Texts;

typedef struct Walk {
    const char *root;
    Texts path;    /* relative to root */
    Texts left;    /* what is left out, and why */
    bool tolerant; /* file_walk_visible */
} Walk;

static void add(Texts *t, char *text)
{
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 256;
        t->text = mem_realloc(t->text, t->room * sizeof *t->text);
    }
    t->text[t->count++] = text;
}

static int fail(const char *path, Error *err)
{
    return error_set(err, file_fault_code(errno), "%s: cannot list: %s", path, strerror(errno));
}

static int list(Walk *w, const char *below, Error *err);

/* What has gone in the meantime, and a link to nothing, are no files. */
static int leave_missing(Walk *w, const char *full, bool link, Error *err)
{
    if (file_fault_code(errno) != ERROR_DATA) return fail(full, err);
    if (link || errno != ENOENT)
        add(&w->left, mem_format("%s: %s%s", full, link ? "a link: " : "", strerror(errno)));
    return 0;
}

static int list_below(Walk *w, char *name, Error *err)
{
    Error why = {0};
    if (list(w, name, &why) == 0 || !w->tolerant || why.code != ERROR_DATA)
        return error_move(err, &why);
    add(&w->left, mem_strdup(why.text));
    return 0;
}

static void leave_special(Walk *w, const char *full, mode_t mode)
{
    const char *what =
        S_ISDIR(mode) ? "a link to a folder, which is not followed" : file_special(mode);
    add(&w->left, mem_format("%s: %s", full, what));
}

/* Adds one name, which the walk owns afterwards. */
static int visit(Walk *w, const char *full, char *name, Error *err)
{
    struct stat own = {0}, info;
    int status = 0;
    if (lstat(full, &own) != 0 || stat(full, &info) != 0) {
        status = leave_missing(w, full, S_ISLNK(own.st_mode), err);
    } else if (S_ISDIR(own.st_mode)) {
        status = list_below(w, name, err);
    } else if (S_ISREG(info.st_mode)) {
        add(&w->path, name);
        return 0;
    } else {
        leave_special(w, full, info.st_mode);
    }
    mem_free(name);
    return status;
}

static bool is_skipped(const Walk *w, const char *name)
{
    if (w->tolerant) return name[0] == '.';
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int list_open(Walk *w, DIR *d, const char *dir, const char *below, Error *err)
{
    int status = 0;
    for (struct dirent *e; status == 0 && (errno = 0, e = readdir(d));) {
        if (is_skipped(w, e->d_name)) continue;
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

/* Moves the texts into one block, sorted. */
static void gather(Texts *t, Lines *out)
{
    size_t bytes = 0, at = 0;
    for (size_t i = 0; i < t->count; i++) bytes += strlen(t->text[i]) + 1;
    if (t->count) qsort(t->text, t->count, sizeof *t->text, strings_compare);
    out->storage = mem_alloc(bytes);
    for (size_t i = 0; i < t->count; i++) {
        const size_t n = strlen(t->text[i]) + 1;
        memcpy(out->storage + at, t->text[i], n);
        mem_free(t->text[i]);
        t->text[i] = out->storage + at;
        at += n;
    }
    out->line = t->text;
    out->count = t->count;
}

static int walk(Walk *w, Lines *out, Lines *left, Error *err)
{
    const int status = list(w, "", err);
    gather(&w->path, out);
    gather(&w->left, left);
    if (status != 0) {
        lines_free(out);
        lines_free(left);
    }
    return status;
}

int file_walk(const char *dir, Lines *out, Error *err)
{
    Lines left = {0};
    Walk w = {.root = dir};
    *out = (Lines){0};
    const int status = walk(&w, out, &left, err);
    lines_free(&left);
    return status;
}

int file_walk_visible(const char *dir, Lines *out, Lines *left, Error *err)
{
    Walk w = {.root = dir, .tolerant = true};
    *out = *left = (Lines){0};
    return walk(&w, out, left, err);
}
