/* SPDX-License-Identifier: Apache-2.0 */
/* Free space as the file system tells it, which may know no quota. */
#include "train/run/run_space.h"

#include "core/json/file_info.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

/* Bytes that this process may still write there; -1: unknown. */
static int64_t free_bytes(const char *run)
{
    struct statvfs s;
    if (statvfs(run, &s) != 0 || s.f_blocks == 0) return -1;
    return (int64_t)(s.f_bavail * s.f_frsize);
}

bool run_space_short(const char *run, int64_t bytes)
{
    const int64_t free = free_bytes(run);
    return free >= 0 && free < bytes;
}

void run_space_warn(const char *run, const char *what, int64_t bytes)
{
    char a[24], b[24];
    if (!run_space_short(run, bytes)) return;
    log_warn("%s: %s needs %s (%ld bytes), and only %s (%ld bytes) are free on this disk: "
             "remove files there, lower save.keep, or choose a run folder on another disk",
             run, what, file_info_size(bytes, b), bytes, file_info_size(free_bytes(run), a),
             free_bytes(run));
}

int run_space_explain(const char *run, int64_t bytes, const Error *why, Error *err)
{
    char a[24], b[24];
    if (!strstr(why->text, strerror(ENOSPC)) && !strstr(why->text, strerror(EDQUOT)))
        return error_move(err, why);
    const int64_t free = free_bytes(run);
    return error_set(
        err, why->code,
        "%s; a checkpoint takes %s, and %s are free on the disk of %s: remove files "
        "there or lower save.keep",
        why->text, file_info_size(bytes, b), file_info_size(free > 0 ? free : 0, a), run);
}
