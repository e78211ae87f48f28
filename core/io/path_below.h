/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of files whose names stand in data: in annotations, lists and the files of a run.
 * Whoever wrote the data chooses the name, and perhaps packed links along with it, so it may
 * reach only what lies below a folder that the user has chosen. */
#ifndef RAMPLUS_CORE_IO_PATH_BELOW_H
#define RAMPLUS_CORE_IO_PATH_BELOW_H

#include "core/error.h"

#include <stdbool.h>

/* ROOT/NAME, without the parts `.` and `..` of the name; NAME if root is empty. Owned
 * (mem_free). NULL and ERROR_DATA if the name leaves the root by `..`, names a folder, is
 * absolute, or leads out of the root by a symbolic link. The last two are allowed with
 * `absolute`, and an absolute path below an absolute root, but never in /dev, /proc and /sys.
 * Of a file that does not exist the path is returned; of a member of a tar file
 * (core/io/tar_path.h), the tar file has to lie below the root. NULL and ERROR_RUNTIME if the
 * machine cannot tell where a link leads. */
char *path_below(const char *root, const char *name, bool absolute, Error *err);

/* Whether an absolute path is or lies in /dev, /proc or /sys, though not below a root that does
 * (as /dev/shm). */
bool path_of_system(const char *root, const char *path);

#endif
