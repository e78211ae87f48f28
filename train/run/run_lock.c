/* SPDX-License-Identifier: Apache-2.0 */
/* A lock on a file that names its owner. The owner removes the file before it releases the
 * lock, so whoever gets the lock of a file that is gone tries again with the new one. */
#include "train/run/run_lock.h"

#include "core/io/file.h"
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

static bool is_current(int file, const char *path)
{
    struct stat mine, current;
    return fstat(file, &mine) == 0 && stat(path, &current) == 0 &&
           mine.st_ino == current.st_ino && mine.st_dev == current.st_dev;
}

/* Opens and locks the file. *file is -1 if its owner removed it in the meantime. */
static int try_lock(const char *run, const char *path, int *file, Error *err)
{
    *file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*file < 0)
        return error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
    const bool taken = lock_take(*file, path);
    if (taken && is_current(*file, path)) return 0;
    const int status = taken ? 0 : refuse(run, *file, err);
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

int run_lock(const char *run, RunLock *out, Error *err)
{
    *out = (RunLock){0};
    const bool made = !file_exists(run);
    if (file_mkdirs(run, err) != 0) return -1;
    char *path = file_join(run, UNFINISHED_LOCK);
    int file = -1, status = 0;
    while (status == 0 && file < 0) status = try_lock(run, path, &file, err);
    mem_free(path);
    if (status != 0) return -1;
    name_owner(file);
    *out = (RunLock){.run = mem_strdup(run), .file = file, .made = made};
    return 0;
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
