/* SPDX-License-Identifier: Apache-2.0 */
/* flock, which also works over NFS where locks do. */
#include "core/io/lock.h"

#include "core/log.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>

bool lock_take(int file, const char *path)
{
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    log_warn("%s: this file system has no locks (%s): let no second process write here", path,
             strerror(errno));
    return true;
}
