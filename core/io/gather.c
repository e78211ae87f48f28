/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through the folders first, then through each link to a folder that was not seen yet. */
#include "core/io/gather.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/path_below.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Paths {
    int64_t count, room;
    char **path;
} Paths;

typedef struct Walk {
    Gathered *found;
    char *root;       /* without links */
    Paths file, link; /* links: to folders, not yet followed */
    bool following;   /* a link: folders may have been seen before */
    Error fault;      /* of the machine, which cannot list all files */
    bool flat;        /* without subfolders */
    int64_t folders, room;
    struct stat *folder; /* [folders] seen so far */
} Walk;

static void add_folder(Walk *w, const struct stat *info)
{
    w->folder = array_grow(w->folder, sizeof *info, w->folders, &w->room);
    w->folder[w->folders++] = *info;
}

static bool seen(const Walk *w, const struct stat *info)
{
    for (int64_t i = 0; i < w->folders; i++)
        if (w->folder[i].st_dev == info->st_dev && w->folder[i].st_ino == info->st_ino)
            return true;
    return false;
}

/* Keeps the reason that comes first by its bytes, which does not depend on the file system. A
 * fault of the machine leaves nothing out: it ends the walk. */
static void leave_out(Walk *w, const Error *why)
{
    Error *first = &w->found->first;
    if (why->code != ERROR_DATA) error_move(&w->fault, why);
    if (w->found->unread++ == 0 || strcmp(why->text, first->text) < 0) *first = *why;
}

/* After a call that has failed. */
static void leave_unread(Walk *w, const char *path, const char *what)
{
    Error e = {0};
    error_set(&e, file_fault_code(errno), "%s: %s: %s", path, what, strerror(errno));
    leave_out(w, &e);
}

static void leave_special(Walk *w, const char *path, const char *what)
{
    Error e = {0};
    error_set(&e, ERROR_DATA, "%s: not a regular file: %s", path, what);
    leave_out(w, &e);
}

static bool leads_to_system(Walk *w, const char *link)
{
    char *target;
    file_real(link, &target, &w->fault);
    const bool found = target && path_of_system(w->root ? w->root : "", target);
    mem_free(target);
    return found;
}

static bool foreign(const char *name)
{
    static const char *const other[] = {"__MACOSX", "@eaDir", "$RECYCLE.BIN"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(name, other[i]) == 0) return true;
    return name[0] == '.';
}

static void list(Walk *w, const char *folder);

/* Takes ownership of the path. */
static void visit(Walk *w, char *path)
{
    struct stat own, info;
    Paths *list_of = NULL;
    if (lstat(path, &own) != 0 || stat(path, &info) != 0)
        leave_unread(w, path, "cannot open");
    else if (S_ISLNK(own.st_mode) && leads_to_system(w, path))
        leave_special(w, path, "a link to a file of the system");
    else if (S_ISREG(info.st_mode))
        list_of = &w->file;
    else if (S_ISDIR(info.st_mode) && w->flat)
        list_of = NULL; /* left out */
    else if (S_ISDIR(info.st_mode) && S_ISLNK(own.st_mode))
        list_of = &w->link;
    else if (S_ISDIR(info.st_mode))
        list(w, path);
    else
        leave_special(w, path, file_special(info.st_mode));
    if (!list_of) {
        mem_free(path);
        return;
    }
    list_of->path = array_grow(list_of->path, sizeof(char *), list_of->count, &list_of->room);
    list_of->path[list_of->count++] = path;
}

static void list_open(Walk *w, DIR *d, const char *folder)
{
    for (struct dirent *e; (errno = 0, e = readdir(d));)
        if (!foreign(e->d_name)) visit(w, file_join(folder, e->d_name));
    if (errno) leave_unread(w, folder, "cannot list");
}

static void list(Walk *w, const char *folder)
{
    struct stat info;
    DIR *d;
    int tried = 0;
    while (!(d = stat(folder, &info) == 0 ? opendir(folder) : NULL) &&
           file_call_again(&tried)) {
    }
    if (!d) {
        leave_unread(w, folder, "cannot list");
    } else if (!w->following || !seen(w, &info)) {
        add_folder(w, &info);
        list_open(w, d, folder);
    }
    if (d) closedir(d);
}

/* A link to a folder that holds this one would lead to everything beside it. */
static void add_parents(Walk *w)
{
    struct stat info;
    char *path = w->root ? mem_strdup(w->root) : NULL;
    for (char *slash; path && (slash = strrchr(path, '/')) && path[1];) {
        slash[slash == path] = 0;
        if (stat(path, &info) == 0) add_folder(w, &info);
    }
    mem_free(path);
}

/* Follows links, and then the links found behind them, in an order that does not depend on the
 * file system. */
static void follow(Walk *w)
{
    w->following = true;
    for (int64_t next = 0; next < w->link.count;) {
        const int64_t end = w->link.count;
        qsort(w->link.path + next, (size_t)(end - next), sizeof(char *), strings_compare);
        for (; next < end; next++) list(w, w->link.path[next]);
    }
}

static int gather(const char *folder, bool flat, Gathered *out, Error *err)
{
    *out = (Gathered){0};
    Walk w = {.found = out, .flat = flat};
    file_real(folder, &w.root, &w.fault);
    list(&w, folder);
    int status = 0;
    if (w.folders == 0) status = error_move(err, &out->first);
    add_parents(&w);
    if (status == 0) follow(&w);
    if (error_move(err, &w.fault) != 0) status = -1;
    if (w.file.count) qsort(w.file.path, (size_t)w.file.count, sizeof(char *), strings_compare);
    out->count = w.file.count;
    out->path = w.file.path;
    for (int64_t i = 0; i < w.link.count; i++) mem_free(w.link.path[i]);
    mem_free(w.link.path);
    mem_free(w.folder);
    mem_free(w.root);
    return status;
}

int gather_files(const char *folder, Gathered *out, Error *err)
{
    return gather(folder, false, out, err);
}

int gather_own_files(const char *folder, Gathered *out, Error *err)
{
    return gather(folder, true, out, err);
}

void gathered_free(Gathered *g)
{
    for (int64_t i = 0; i < g->count; i++) mem_free(g->path[i]);
    mem_free(g->path);
    *g = (Gathered){0};
}
