/* SPDX-License-Identifier: Apache-2.0 */
/* Opening for reading without blocking; telling faults of a file from those of the machine. */
#include "core/io/file_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int file_fault_code(int number)
{
    static const int of_file[] = {ENOENT, ENOTDIR,      EISDIR, EACCES, EPERM,  ELOOP,
                                  ENXIO,  ENAMETOOLONG, ENODEV, EINVAL, EAGAIN, EOVERFLOW};
    for (size_t i = 0; i < sizeof of_file / sizeof *of_file; i++)
        if (number == of_file[i]) return ERROR_DATA;
    return ERROR_RUNTIME;
}

bool file_try_again(int code, int tried)
{
    static const long wait[] = {50000000, 200000000, 500000000}; /* nanoseconds */
    if (code != ERROR_RUNTIME || tried >= (int)(sizeof wait / sizeof *wait)) return false;
    nanosleep(&(struct timespec){.tv_nsec = wait[tried]}, NULL);
    return true;
}

bool file_call_again(int *tried)
{
    const int number = errno;
    const bool again = file_try_again(file_fault_code(number), (*tried)++);
    errno = number;
    return again;
}

/* Not a file in a folder below, as /dev/shm has. */
static bool is_device(const char *path)
{
    return (strncmp(path, "/dev/", 5) == 0 && !strchr(path + 5, '/')) ||
           strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

static int fail(const char *path, const char *what, Error *err)
{
    return error_set(err, file_fault_code(errno), "%s: cannot %s: %s", path, what,
                     strerror(errno));
}

/* A link to nothing is there, although its path does not exist. */
static int fail_open(const char *path, Error *err)
{
    const int number = errno;
    char target[PATH_MAX] = "";
    if (number == ENOENT && readlink(path, target, sizeof target - 1) > 0)
        return error_set(err, ERROR_DATA, "%s: cannot open: a link to %s, which does not exist",
                         path, target);
    errno = number;
    return fail(path, "open", err);
}

const char *file_special(mode_t mode)
{
    return S_ISREG(mode)    ? NULL
           : S_ISDIR(mode)  ? "a folder"
           : S_ISFIFO(mode) ? "a named pipe (FIFO)"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

static int refuse(const char *path, const struct stat *info, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: not a regular file: %s", path,
                     file_special(info->st_mode));
}

/* Looks before it opens: to open a device can have effects. */
static int open_once(const char *path, bool pipe, struct stat *info, Error *err)
{
    const int wait = pipe ? 0 : O_NONBLOCK;
    if (stat(path, info) != 0) return fail_open(path, err);
    const bool wanted = S_ISREG(info->st_mode) || (pipe && !S_ISDIR(info->st_mode));
    if (!wanted) return refuse(path, info, err);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | wait);
    if (fd < 0) return fail(path, "open", err);
    if (pipe) return fd;
    if (fstat(fd, info) != 0)
        fail(path, "open", err);
    else if (!S_ISREG(info->st_mode))
        refuse(path, info, err);
    else
        return fd;
    close(fd);
    return -1;
}

static int open_file(const char *path, bool pipe, struct stat *info, Error *err)
{
    for (int tried = 0;; tried++) {
        Error why = {0};
        const int fd = open_once(path, pipe, info, &why);
        if (fd >= 0) return fd;
        if (!file_try_again(why.code, tried)) return error_move(err, &why);
    }
}

int file_open(const char *path, Error *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return fail(path, "read", err);
    }
    return open_file(path, is_device(path), &info, err);
}

int file_open_regular(const char *path, int64_t *bytes, Error *err)
{
    struct stat info;
    const int fd = open_file(path, false, &info, err);
    if (fd >= 0 && bytes) *bytes = (int64_t)info.st_size;
    return fd;
}

FILE *file_stream(const char *path, Error *err)
{
    const int fd = file_open(path, err);
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (fd >= 0 && !file) {
        fail(path, "open", err);
        close(fd);
    }
    return file;
}

int file_open_new(const char *path, int flags)
{
    struct stat info;
    const int fd =
        open(path, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0 || fstat(fd, &info) != 0 || S_ISREG(info.st_mode)) return fd;
    close(fd);
    errno = ENXIO; /* as for a pipe that nobody reads */
    return -1;
}

FILE *file_stream_new(const char *path)
{
    const int fd = file_open_new(path, O_WRONLY | O_TRUNC);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (fd >= 0 && !file) close(fd);
    return file;
}
