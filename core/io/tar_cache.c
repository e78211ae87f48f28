/* SPDX-License-Identifier: Apache-2.0 */
/* The files are never removed from the list, only emptied. One thread at a time loads a file;
 * the others that need it wait. A file with users keeps its descriptor and its places. */
#include "core/io/tar_cache.h"

#include "core/array.h"
#include "core/hash_map.h"
#include "core/io/file_open.h"
#include "core/io/tar_index.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPEN_MAX = 64,         /* descriptors, unless more files are in use */
    PLACES_MAX = 6 << 20,  /* 192 MiB, likewise */
    AHEAD_MAX = 256 << 20, /* bytes that the system is asked to read ahead at most */
};

typedef struct TarFile {
    char *path;
    int fd;      /* -1: closed */
    bool loaded; /* index holds its places */
    bool loading;
    int users;
    int64_t touched;
    int64_t bytes;
    struct timespec changed; /* so that an index does not outlive the file */
    TarIndex index;
    Error fault; /* of data: there is no index */
} TarFile;

struct TarCache {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    TarFile **file;
    int64_t count, room;
    HashMap by_path;
    int64_t clock, open, places;
};

TarCache *tar_cache_new(void)
{
    TarCache *c = mem_calloc(1, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->loaded, NULL);
    hash_map_make_room(&c->by_path);
    return c;
}

static void close_file(TarCache *c, TarFile *f)
{
    if (f->fd < 0) return;
    close(f->fd);
    f->fd = -1;
    c->open--;
}

static void drop_places(TarCache *c, TarFile *f)
{
    c->places -= f->index.count;
    tar_index_free(&f->index);
    f->loaded = false;
}

void tar_cache_free(TarCache *c)
{
    if (!c) return;
    for (int64_t i = 0; i < c->count; i++) {
        close_file(c, c->file[i]);
        drop_places(c, c->file[i]);
        mem_free(c->file[i]->path);
        mem_free(c->file[i]);
    }
    mem_free(c->file);
    hash_map_free(&c->by_path);
    pthread_cond_destroy(&c->loaded);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

/* The file of this path, new or known. */
static TarFile *find(TarCache *c, const char *path, size_t n)
{
    uint8_t key[HASH_BYTES];
    hash_of(path, n, key);
    const int64_t known = hash_map_get(&c->by_path, key);
    if (known >= 0) return c->file[known];
    hash_map_make_room(&c->by_path);
    hash_map_add(&c->by_path, key, c->count);
    TarFile *f = mem_calloc(1, sizeof *f);
    f->path = mem_format("%.*s", (int)n, path);
    f->fd = -1;
    c->file = array_grow(c->file, sizeof *c->file, c->count, &c->room);
    return c->file[c->count++] = f;
}

/* ---- loading, by one thread without the lock --------------------------------------------- */

static bool is_changed(TarFile *f, const struct stat *now)
{
    return now->st_size != f->bytes || now->st_mtim.tv_sec != f->changed.tv_sec ||
           now->st_mtim.tv_nsec != f->changed.tv_nsec;
}

/* Two of three members of a sample are texts beside the image, which only `prepare` reads. */
static bool is_no_text(const char *name)
{
    return !strings_end_in(name, ".txt") && !strings_end_in(name, ".json");
}

/* Opens the file and, unless the index is that of what is there, lists it. */
static int load(TarFile *f, bool listed, int *fd, TarIndex *index, Error *err)
{
    int64_t bytes;
    struct stat info = {0};
    *fd = file_open_regular(f->path, &bytes, err);
    if (*fd < 0) return -1;
    fstat(*fd, &info);
    if (listed && !is_changed(f, &info)) return 1;
    f->bytes = bytes;
    f->changed = info.st_mtim;
    posix_fadvise(*fd, 0, bytes < AHEAD_MAX ? bytes : AHEAD_MAX, POSIX_FADV_WILLNEED);
    if (tar_index_read(*fd, f->path, bytes, is_no_text, index, err) == 0) return 0;
    close(*fd);
    *fd = -1;
    return -1;
}

/* Called with the lock, which it gives away in between. */
static int load_file(TarCache *c, TarFile *f, Error *err)
{
    TarIndex index = {0};
    Error why = {0};
    int fd;
    f->loading = true;
    pthread_mutex_unlock(&c->lock);
    const int got = load(f, f->loaded, &fd, &index, &why);
    pthread_mutex_lock(&c->lock);
    f->loading = false;
    pthread_cond_broadcast(&c->loaded);
    f->fd = fd;
    c->open += fd >= 0;
    if (got != 1) drop_places(c, f);
    if (got == 0) {
        f->index = index;
        f->loaded = true;
        c->places += index.count;
    }
    if (why.code == ERROR_DATA) f->fault = why;
    return got < 0 ? error_move(err, &why) : 0;
}

/* ---- keeping few ------------------------------------------------------------------------- */

/* Of the files that nobody uses the one that was touched first; places: with places, else with
 * a descriptor. NULL: none. */
static TarFile *oldest(const TarCache *c, bool places)
{
    TarFile *found = NULL;
    for (int64_t i = 0; i < c->count; i++) {
        TarFile *f = c->file[i];
        const bool fits = places ? f->loaded : f->fd >= 0;
        if (fits && !f->users && !f->loading && (!found || f->touched < found->touched))
            found = f;
    }
    return found;
}

static void keep_few(TarCache *c)
{
    for (TarFile *f; c->open > OPEN_MAX && (f = oldest(c, false));) close_file(c, f);
    for (TarFile *f; c->places > PLACES_MAX && (f = oldest(c, true));) {
        close_file(c, f);
        drop_places(c, f);
    }
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The file, ready to be read until leave(); NULL if it is faulty. */
static TarFile *enter(TarCache *c, const char *path, size_t n, Error *err)
{
    int status = 0;
    pthread_mutex_lock(&c->lock);
    TarFile *f = find(c, path, n);
    while (f->loading) pthread_cond_wait(&c->loaded, &c->lock);
    if (f->fault.code)
        status = error_move(err, &f->fault);
    else if (f->fd < 0 || !f->loaded)
        status = load_file(c, f, err);
    f->users += status == 0;
    f->touched = ++c->clock;
    keep_few(c);
    pthread_mutex_unlock(&c->lock);
    return status == 0 ? f : NULL;
}

static void leave(TarCache *c, TarFile *f)
{
    pthread_mutex_lock(&c->lock);
    f->users--;
    pthread_mutex_unlock(&c->lock);
}

static int read_place(const TarFile *f, const char *member, const TarPlace *place, int64_t max,
                      Bytes *out, Error *err)
{
    if (place->bytes > max)
        return error_set(err, ERROR_DATA, "%s/%s: more than %ld bytes", f->path, member, max);
    out->len = (size_t)place->bytes;
    out->data = mem_realloc(NULL, out->len + 1);
    out->data[out->len] = 0;
    if (file_read_at(f->fd, f->path, (uint64_t)place->offset, out->data, out->len, ERROR_DATA,
                     err) == 0)
        return 0;
    bytes_free(out);
    return -1;
}

static int read_member(const TarFile *f, const char *member, int64_t max, Bytes *out,
                       Error *err)
{
    char *name = mem_strdup(member);
    const TarPlace *place = tar_clean_name(name) ? NULL : tar_index_find(&f->index, name);
    int status;
    if (place)
        status = read_place(f, member, place, max, out, err);
    else if (f->index.torn.code)
        status = error_move(err, &f->index.torn);
    else
        status = error_set(err, ERROR_DATA, "%s/%s: no such member", f->path, member);
    mem_free(name);
    return status;
}

int tar_cache_read(TarCache *cache, const char *path, const char *member, int64_t max,
                   Bytes *out, Error *err)
{
    *out = (Bytes){0};
    TarCache *c = cache ? cache : tar_cache_new();
    TarFile *f = enter(c, path, (size_t)(member - path - 1), err);
    const int status = f ? read_member(f, member, max, out, err) : -1;
    if (f) leave(c, f);
    if (!cache) tar_cache_free(c);
    return status;
}
