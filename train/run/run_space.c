/* SPDX-License-Identifier: Apache-2.0 */
/* Free space, and the size of a checkpoint. */
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

/* Parameters, two moments, and the moving average. */
static int64_t checkpoint_bytes(const RunModel *m)
{
    return m->params->len * (int64_t)sizeof(float) * (m->ema ? 4 : 3);
}

void run_space_warn(const char *run, const RunModel *m)
{
    const int64_t free = free_bytes(run), needed = checkpoint_bytes(m);
    char a[24], b[24];
    if (free < 0 || free >= needed) return;
    log_warn("%s: %s are free on this disk, but a checkpoint takes %s", run,
             file_info_size(free, a), file_info_size(needed, b));
}

int run_space_explain(const char *run, const RunModel *m, const Error *why, Error *err)
{
    char a[24], b[24];
    if (!strstr(why->text, strerror(ENOSPC)) && !strstr(why->text, strerror(EDQUOT)))
        return error_move(err, why);
    const int64_t free = free_bytes(run);
    return error_set(
        err, why->code,
        "%s; a checkpoint takes %s, and %s are free on the disk of %s: remove files "
        "there or lower save.keep, then run the same command again",
        why->text, file_info_size(checkpoint_bytes(m), b),
        file_info_size(free > 0 ? free : 0, a), run);
}
