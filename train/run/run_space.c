/* SPDX-License-Identifier: Apache-2.0 */
/* Free space as the file system tells it, which may know no quota. */
#include "train/run/run_space.h"

#include "core/io/file.h"
#include "core/json/file_info.h"
#include "core/log.h"
#include "core/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The folder, or the nearest one above it that exists. Owned. */
static char *existing(const char *run)
{
    char *path = mem_strdup(run);
    while (!file_exists(path)) {
        char *above = file_folder(path);
        mem_free(path);
        path = above;
    }
    return path;
}

int64_t run_space_free(const char *run)
{
    struct statvfs s;
    char *path = existing(run);
    const bool known = statvfs(path, &s) == 0 && s.f_blocks > 0;
    mem_free(path);
    return known ? (int64_t)(s.f_bavail * s.f_frsize) : -1;
}

int run_space_check(const char *run, Error *err)
{
    char *path = existing(run);
    const int status = access(path, W_OK) == 0 && file_is_dir(path)
                           ? 0
                           : error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path,
                                       file_is_dir(path) ? strerror(errno) : "not a folder");
    mem_free(path);
    return status;
}

bool run_space_short(const char *run, int64_t bytes)
{
    const int64_t free = run_space_free(run);
    return free >= 0 && free < bytes;
}

void run_space_warn(const char *run, const char *what, int64_t bytes)
{
    char a[24], b[24];
    if (!run_space_short(run, bytes)) return;
    log_warn("%s: %s needs %s (%ld bytes), and only %s (%ld bytes) are free on this disk: "
             "remove files there, lower save.keep, or choose a run folder on another disk",
             run, what, file_info_size(bytes, b), bytes, file_info_size(run_space_free(run), a),
             run_space_free(run));
}

int run_space_explain(const char *run, int64_t bytes, const Error *why, Error *err)
{
    char a[24], b[24];
    if (!strstr(why->text, strerror(ENOSPC)) && !strstr(why->text, strerror(EDQUOT)))
        return error_move(err, why);
    const int64_t free = run_space_free(run);
    return error_set(
        err, why->code,
        "%s; a checkpoint takes %s, and %s are free on the disk of %s: remove files "
        "there or lower save.keep",
        why->text, file_info_size(bytes, b), file_info_size(free > 0 ? free : 0, a), run);
}
