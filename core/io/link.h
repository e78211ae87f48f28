/* SPDX-License-Identifier: Apache-2.0 */
/* A name for a file that changes, such as `latest`: a symbolic link or, on a file system
 * without them, a text file whose only line is the name of the target. */
#ifndef RAMPLUS_CORE_IO_LINK_H
#define RAMPLUS_CORE_IO_LINK_H

#include "core/error.h"

#include <stdbool.h>

/* Atomically points PATH at `target`, the name of a file in the same folder, and fsyncs the
 * folder: what the link named before may be removed afterwards. ERROR_RUNTIME. */
int link_write(const char *path, const char *target, Error *err);

/* What the link names, as it is stored; NULL if the path is no link. Owned. */
char *link_target(const char *path);

/* Whether the path, or what it links to, is there. */
bool link_reaches(const char *path);

/* The absolute path without symbolic links; the path itself if nothing is there. Owned. */
char *link_real(const char *path);

/* The path of the file that a text file names; every other path as it is, since the system
 * follows symbolic links. Owned. */
char *link_follow(const char *path);

#endif
