/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of files whose names stand in data: in annotations, lists and the files of a run.
 * Whoever wrote the data chooses the name, so it may reach only what lies below a folder that the
 * user has chosen. Symbolic links in that folder are the user's own and are followed. */
#ifndef RAMPLUS_CORE_IO_PATH_BELOW_H
#define RAMPLUS_CORE_IO_PATH_BELOW_H

#include "core/error.h"

#include <stdbool.h>

/* ROOT/NAME, without the parts `.` and `..` of the name; NAME if root is empty. Owned (mem_free).
 * NULL and ERROR_DATA if the name leaves the root by `..`, names a folder, or is absolute: the
 * latter is allowed with `absolute`, and below an absolute root, but never in /dev, /proc and
 * /sys. */
char *path_below(const char *root, const char *name, bool absolute, Error *err);

#endif
