/* SPDX-License-Identifier: Apache-2.0 */
/* The files in a folder and below it. */
#ifndef RAMPLUS_CORE_IO_FILE_WALK_H
#define RAMPLUS_CORE_IO_FILE_WALK_H

#include "core/io/file.h"

/* Lists all regular files below dir (recursively) as paths relative to dir, sorted by bytes.
 * Symbolic links to files are followed, links to folders are not. ERROR_DATA if a folder cannot
 * be listed, ERROR_RUNTIME if the machine fails: a list is complete or not there. The caller
 * frees it with lines_free. */
int file_walk(const char *dir, Lines *out, Error *err);

/* The same of a folder that others have filled: without hidden names, which begin with a dot,
 * and going on behind what has no files to give. *left: a sorted line `PATH: why` about each
 * folder that cannot be listed, link to a folder or to nothing, and special file; also for
 * lines_free. */
int file_walk_visible(const char *dir, Lines *out, Lines *left, Error *err);

#endif
