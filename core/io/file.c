/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, folders and safe replacement. */
#include "core/io/file.h"

#include "core/io/file_open.h"
#include "core/io/first_bytes.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

void bytes_free(Bytes *b)
{
    mem_free(b->data);
    *b = (Bytes){0};
}

/* Reads until the end, or more than max bytes. Returns 0, or the errno. */
static int read_all(int fd, size_t max, Bytes *out)
{
    size_t room = 1 << 16;
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (size_t)info.st_size < max)
        room = (size_t)info.st_size + 1;
    out->data = mem_realloc(NULL, room + 1);
    for (;;) {
        ssize_t n = read(fd, out->data + out->len, room - out->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0 || (out->len += (size_t)n) > max) break;
        if (out->len == room) out->data = mem_realloc(out->data, (room *= 2) + 1);
    }
    out->data[out->len] = 0;
    return 0;
}

static int read_once(const char *path, int64_t max, Bytes *out, Error *err)
{
    const int fd = file_open(path, err);
    if (fd < 0) return -1;
    const int failed = read_all(fd, (size_t)max, out);
    close(fd);
    if (failed)
        error_set(err, file_fault_code(failed), "%s: cannot read: %s", path, strerror(failed));
    else if (out->len > (size_t)max)
        error_set(err, ERROR_DATA, "%s: more than %ld bytes", path, max);
    else
        return 0;
    bytes_free(out);
    return -1;
}

int file_read_max(const char *path, int64_t max, Bytes *out, Error *err)
{
    *out = (Bytes){0};
    for (int tried = 0;; tried++) {
        Error why = {0};
        if (read_once(path, max, out, &why) == 0) return 0;
        if (!file_try_again(why.code, tried)) return error_move(err, &why);
    }
}

int file_read(const char *path, Bytes *out, Error *err)
{
    return file_read_max(path, FILE_MAX_BYTES, out, err);
}

/* pread, again after a fault of the machine. */
static ssize_t read_piece(int fd, void *out, size_t bytes, uint64_t at)
{
    ssize_t n;
    int tried = 0;
    do n = pread(fd, out, bytes, (off_t)at);
    while (n < 0 && (errno == EINTR || file_call_again(&tried)));
    return n;
}

int file_head(const char *path, void *out, size_t n, Error *err)
{
    memset(out, 0, n);
    const int fd = file_open_regular(path, NULL, err);
    if (fd < 0) return -1;
    const bool failed = read_piece(fd, out, n, 0) < 0;
    if (failed)
        error_set(err, file_fault_code(errno), "%s: cannot read: %s", path, strerror(errno));
    close(fd);
    return failed ? -1 : 0;
}

int file_read_at(int fd, const char *path, uint64_t at, void *out, uint64_t bytes, int code,
                 Error *err)
{
    enum { READ_MAX = 1 << 30 }; /* Linux reads at most 2 GiB per call */
    for (uint64_t done = 0; done < bytes;) {
        const size_t want = bytes - done < READ_MAX ? (size_t)(bytes - done) : READ_MAX;
        const ssize_t n = read_piece(fd, (char *)out + done, want, at + done);
        if (n < 0 && file_fault_code(errno) != ERROR_DATA) code = ERROR_RUNTIME;
        if (n <= 0)
            return error_set(err, code, "%s: byte %lu: cannot read: %s", path, at + done,
                             n < 0 ? strerror(errno) : "the file has become shorter");
        done += (uint64_t)n;
    }
    return 0;
}

/* Of line ends and byte-order marks nothing is left, so that lines that are written again read
 * back. */
static void split_lines(char *text, size_t len, Lines *out)
{
    size_t room = 0;
    char *end = text + len;
    for (char *p = text; p < end;) {
        char *stop = memchr(p, '\n', (size_t)(end - p));
        char *next = stop ? stop + 1 : end;
        if (!stop) stop = end;
        while (stop > p && stop[-1] == '\r') stop--;
        *stop = 0;
        if (out->count == room) {
            room = room ? room * 2 : 64;
            out->line = mem_realloc(out->line, room * sizeof *out->line);
        }
        out->line[out->count++] = p;
        p = next;
    }
}

/* Whether this is an LFS pointer or a web page: text that came instead of the file. */
static bool is_substitute(const char *kind, const char *text)
{
    return strstr(kind, "pointer") || strncasecmp(text, "<!doctype html", 14) == 0 ||
           strncasecmp(text, "<html", 5) == 0;
}

/* Refuses what is no list of texts. */
static int check_lines(const char *name, const Bytes *file, Error *err)
{
    const char *kind = first_bytes_name(file->data, file->len);
    const uint8_t *nul = memchr(file->data, 0, file->len);
    if (nul && !kind)
        return error_set(err, ERROR_DATA, "%s: byte %zu: not a text file (NUL byte)", name,
                         (size_t)(nul - file->data));
    if (nul || (kind && is_substitute(kind, (const char *)file->data)))
        return error_set(err, ERROR_DATA, "%s: not a list of texts: looks like %s", name, kind);
    return 0;
}

/* Splits the bytes, which out owns afterwards. */
static int lines_from(const char *name, Bytes *file, Lines *out, Error *err)
{
    *out = (Lines){0};
    if (check_lines(name, file, err) != 0) {
        bytes_free(file);
        return -1;
    }
    out->storage = (char *)file->data;
    size_t marks = 0;
    while (strncmp(out->storage + marks, "\xef\xbb\xbf", 3) == 0) marks += 3;
    split_lines(out->storage + marks, file->len - marks, out);
    return 0;
}

int lines_read(const char *path, Lines *out, Error *err)
{
    *out = (Lines){0};
    Bytes file;
    if (file_read(path, &file, err) != 0) return -1;
    return lines_from(path, &file, out, err);
}

int lines_read_plain(const char *path, const char *wanted, Lines *out, Error *err)
{
    Bytes file;
    *out = (Lines){0};
    if (file_read(path, &file, err) != 0) return -1;
    const char *kind = first_bytes_name(file.data, file.len);
    if (!kind || strcmp(kind, "JSON text") != 0) return lines_from(path, &file, out, err);
    bytes_free(&file);
    return error_set(err, ERROR_DATA, "%s: looks like JSON: expected %s", path, wanted);
}

int lines_parse(const char *name, const char *text, Lines *out, Error *err)
{
    Bytes copy = {.data = (uint8_t *)mem_strdup(text), .len = strlen(text)};
    return lines_from(name, &copy, out, err);
}

void lines_free(Lines *l)
{
    mem_free(l->line);
    mem_free(l->storage);
    *l = (Lines){0};
}

int file_sync(int fd)
{
    if (fsync(fd) == 0) return 0;
    return errno == EINVAL || errno == ENOTSUP || errno == EOPNOTSUPP || errno == ENOSYS ? 0
                                                                                         : -1;
}

int file_sync_folder(const char *path)
{
    char *dir = file_folder(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mem_free(dir);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* a folder may be writable, yet not readable */
    int status = file_sync(fd);
    close(fd);
    return status;
}

/* What is renamed to this path would replace a device, a pipe or a link to one. */
static int check_target(const char *path, Error *err)
{
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: cannot save: %s", path,
                     S_ISDIR(info.st_mode) ? "Is a directory" : "not a regular file");
}

int file_commit(const char *temp, const char *path, Error *err)
{
    if (check_target(path, err) != 0) {
        unlink(temp);
        return -1;
    }
    int fd = open(temp, O_RDONLY | O_CLOEXEC);
    int bad = fd < 0 || file_sync(fd) != 0;
    if (fd >= 0) close(fd);
    if (bad || rename(temp, path) != 0 || file_sync_folder(path) != 0) {
        error_set(err, ERROR_RUNTIME, "%s: cannot save: %s", path, strerror(errno));
        unlink(temp);
        return -1;
    }
    return 0;
}

int file_write_all(int fd, const void *from, size_t len)
{
    const char *data = from;
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int file_write(const char *path, const void *data, size_t len, Error *err)
{
    char *temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    int status = -1;
    int fd = file_open_new(temp, O_WRONLY | O_TRUNC);
    if (fd < 0 || file_write_all(fd, data, len) != 0) {
        error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
        if (fd >= 0) unlink(temp);
    } else {
        status = file_commit(temp, path, err);
    }
    if (fd >= 0) close(fd);
    mem_free(temp);
    return status;
}

static bool look_at(const char *path, struct stat *info)
{
    int status, tried = 0;
    while ((status = stat(path, info)) != 0 && file_call_again(&tried)) {
    }
    return status == 0;
}

bool file_exists(const char *path)
{
    struct stat info;
    return look_at(path, &info) || file_fault_code(errno) != ERROR_DATA;
}

bool file_is_dir(const char *path)
{
    struct stat info;
    return look_at(path, &info) && S_ISDIR(info.st_mode);
}

/* *info: zeros if nothing is there. */
static int find(const char *path, struct stat *info, Error *err)
{
    *info = (struct stat){0};
    if (look_at(path, info) || file_fault_code(errno) == ERROR_DATA) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: cannot open: %s", path, strerror(errno));
}

int file_find(const char *path, bool *found, Error *err)
{
    struct stat info;
    const int status = find(path, &info, err);
    *found = info.st_mode && !S_ISDIR(info.st_mode);
    return status;
}

int file_real(const char *path, char **real, Error *err)
{
    int tried = 0;
    while (!(*real = realpath(path, NULL)) && file_call_again(&tried)) {
    }
    if (*real || file_fault_code(errno) == ERROR_DATA) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: cannot open: %s", path, strerror(errno));
}

int file_need_dir(const char *path, const char *advice, Error *err)
{
    struct stat info;
    if (find(path, &info, err) != 0) return -1;
    if (S_ISDIR(info.st_mode)) return 0;
    return error_set(err, ERROR_DATA, "%s: no such folder%s", path, advice);
}

int file_is_same(const char *a, const char *b, bool *same, Error *err)
{
    struct stat x, y;
    *same = false;
    if (find(a, &x, err) != 0 || find(b, &y, err) != 0) return -1;
    *same = x.st_mode && y.st_mode && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
    return 0;
}

int64_t file_bytes(const char *path)
{
    struct stat info;
    return look_at(path, &info) ? (int64_t)info.st_size : 0;
}

int file_mkdirs(const char *path, Error *err)
{
    char *part = mem_strdup(path);
    int status = 0;
    for (char *p = part + 1; status == 0; p++) {
        if (*p != '/' && *p != 0) continue;
        char kept = *p;
        *p = 0;
        const bool made = mkdir(part, 0777) == 0 && file_sync_folder(part) == 0;
        if (!made && !(errno == EEXIST && file_is_dir(part)))
            status = error_set(err, ERROR_RUNTIME, "%s: cannot make folder: %s", part,
                               strerror(errno));
        *p = kept;
        if (!kept) break;
    }
    mem_free(part);
    return status;
}

char *file_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    if (n == 0 || name[0] == '/') return mem_strdup(name);
    return mem_format("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

char *file_first_of(const char *folder, const char *const *name)
{
    for (; *name; name++) {
        char *path = file_join(folder, *name);
        if (file_exists(path)) return path;
        mem_free(path);
    }
    return NULL;
}

void file_remove_in(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    unlink(path);
    mem_free(path);
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return mem_strdup(".");
    return mem_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
}

char *file_last_part(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') start--;
    return mem_format("%.*s", (int)(end - start), path + start);
}
