/* SPDX-License-Identifier: Apache-2.0 */
/* A lock on a file that names its owner. The owner removes the file before it releases the
 * lock, so whoever gets the lock of a file that is gone tries again with the new one. */
#include "train/run/run_lock.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/lock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER_BYTES = 320 };

static int refuse(const char *run, int file, Error *err)
{
    char owner[OWNER_BYTES] = "";
    const ssize_t n = pread(file, owner, sizeof owner - 1, 0);
    if (n > 0) owner[strcspn(owner, "\n")] = 0;
    return error_set(err, ERROR_RUNTIME,
                     "%s: in use by another process%s%s: wait until it ends, or stop it", run,
                     *owner ? ": " : "", owner);
}

static int cannot_write(const char *path, Error *err)
{
    return error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
}

/* *is: whether the path still leads to the open file. */
static int check_current(int file, const char *path, bool *is, Error *err)
{
    struct stat mine, current = {0};
    if (fstat(file, &mine) != 0 || (stat(path, &current) != 0 && errno != ENOENT))
        return cannot_write(path, err);
    *is = mine.st_ino == current.st_ino && mine.st_dev == current.st_dev;
    return 0;
}

/* Opens and locks the file. *file is -1 if its owner removed it in the meantime. */
static int try_lock(const char *run, const char *path, int *file, bool *held, Error *err)
{
    *file = file_open_new(path, O_RDWR);
    if (*file < 0) return cannot_write(path, err);
    bool current = false;
    *held = !lock_take(*file, path);
    const int status =
        *held ? refuse(run, *file, err) : check_current(*file, path, &current, err);
    if (current) return 0;
    close(*file);
    *file = -1;
    return status;
}

static void name_owner(int file)
{
    char host[256] = "unknown", owner[OWNER_BYTES];
    gethostname(host, sizeof host - 1);
    const int n = snprintf(owner, sizeof owner, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(file, 0) == 0 && pwrite(file, owner, (size_t)n, 0) == n) return;
    log_warn("lock: cannot write the name of this process: %s", strerror(errno));
}

/* *held: whether it failed because another process has the lock. */
static int lock_folder(const char *run, RunLock *out, bool *held, Error *err)
{
    *out = (RunLock){0};
    *held = false;
    const bool made = !file_exists(run);
    if (file_mkdirs(run, err) != 0) return -1;
    char *path = file_join(run, UNFINISHED_LOCK);
    int file = -1, status = 0;
    while (status == 0 && file < 0) status = try_lock(run, path, &file, held, err);
    mem_free(path);
    if (status != 0) return -1;
    name_owner(file);
    *out = (RunLock){.run = mem_strdup(run), .file = file, .made = made};
    return 0;
}

int run_lock(const char *run, RunLock *out, Error *err)
{
    bool held;
    return lock_folder(run, out, &held, err);
}

int run_lock_try(const char *run, RunLock *out, bool *held, Error *err)
{
    Error why = {0};
    lock_folder(run, out, held, &why);
    return *held ? 0 : error_move(err, &why);
}

void run_unlock(RunLock *lock)
{
    if (!lock->run) return;
    char *path = file_join(lock->run, UNFINISHED_LOCK);
    unlink(path);
    close(lock->file);
    if (lock->made) rmdir(lock->run);
    mem_free(path);
    mem_free(lock->run);
    *lock = (RunLock){0};
}
