/* SPDX-License-Identifier: Apache-2.0 */
/* Read-only maps of files. */
#include "core/io/file_map.h"

#include "core/io/map_fault.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct FileMap {
    char *path;
    int fd;
    struct stat known; /* of the file when its bytes were last compared */
    uint64_t end;      /* of the part in the file */
    char *page;        /* start of the mapped pages */
    size_t mapped;     /* their bytes */
    const char *data;
    size_t bytes;
    uint8_t hash[HASH_BYTES];
};

static int read_state(const FileMap *m, struct stat *now, Error *err)
{
    if (fstat(m->fd, now) != 0)
        return error_set(err, ERROR_RUNTIME, "%s: cannot be read any more: %s", m->path,
                         strerror(errno));
    if (now->st_size >= 0 && (uint64_t)now->st_size >= m->end) return 0;
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: the file has become shorter while it was in use", m->path);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && same_time(&a->st_mtim, &b->st_mtim) &&
           same_time(&a->st_ctim, &b->st_ctim);
}

/* The state is read before the bytes: a later change shows in the next state. */
static int compare(FileMap *m, const struct stat *now, Error *err)
{
    uint8_t have[HASH_BYTES];
    hash_of(m->data, m->bytes, have);
    if (memcmp(have, m->hash, HASH_BYTES) == 0) {
        m->known = *now;
        return 0;
    }
    return error_set(err, ERROR_CHECKPOINT, "%s: checksum of the mapped bytes: does not match",
                     m->path);
}

int file_map_check(FileMap *m, Error *err)
{
    struct stat now;
    if (read_state(m, &now, err) != 0) return -1;
    if (is_unchanged(&now, &m->known)) return 0;
    if (compare(m, &now, NULL) == 0) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: the file was changed while it was in use",
                     m->path);
}

static int map_pages(FileMap *m, uint64_t at, Error *err)
{
    const uint64_t inside = at % (uint64_t)sysconf(_SC_PAGESIZE);
    m->mapped = m->bytes + (size_t)inside;
    m->page = mmap(NULL, m->mapped, PROT_READ, MAP_SHARED, m->fd, (off_t)(at - inside));
    m->data = m->page + inside;
    if (m->page != MAP_FAILED) return 0;
    m->page = NULL;
    return error_set(err, ERROR_RUNTIME, "%s: cannot be mapped: %s", m->path, strerror(errno));
}

static int open_map(FileMap *m, int fd, uint64_t at, Error *err)
{
    struct stat now;
    m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (m->fd < 0)
        return error_set(err, ERROR_RUNTIME, "%s: cannot be mapped: %s", m->path,
                         strerror(errno));
    if (read_state(m, &now, err) != 0 || map_pages(m, at, err) != 0) return -1;
    return compare(m, &now, err);
}

int file_map_open(int fd, const char *path, uint64_t at, size_t bytes,
                  const uint8_t hash[static HASH_BYTES], FileMap **out, Error *err)
{
    CHECK(bytes > 0, "nothing to map of %s", path);
    map_fault_guard();
    FileMap *m = mem_calloc(1, sizeof *m);
    m->path = mem_strdup(path);
    m->end = at + bytes;
    m->bytes = bytes;
    memcpy(m->hash, hash, HASH_BYTES);
    const int status = open_map(m, fd, at, err);
    *out = status == 0 ? m : NULL;
    if (status != 0) file_map_free(m);
    return status;
}

const void *file_map_data(const FileMap *m) { return m->data; }

void file_map_free(FileMap *m)
{
    if (!m) return;
    if (m->page) munmap(m->page, m->mapped);
    if (m->fd >= 0) close(m->fd);
    mem_free(m->path);
    mem_free(m);
}
