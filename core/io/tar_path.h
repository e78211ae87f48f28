/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that lead into tar files: `shards/00000.tar/000000017.jpg` is the member
 * `000000017.jpg` of the file `shards/00000.tar`. */
#ifndef RAMPLUS_CORE_IO_TAR_PATH_H
#define RAMPLUS_CORE_IO_TAR_PATH_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The length of the start of a name that ends as the names of tar files do (`.tar`, also
 * compressed, as `.tar.gz`) and is followed by more: 12 of "a/00000.tar/1.jpg" is none, 11 is
 * it. 0 if there is none. `from`: where to look on, 0 at first. Only the text is looked at. */
size_t tar_path_split(const char *name, size_t from);

/* The name of the member if the path leads into a tar file: a part of it that ends as
 * tar_path_split says is no folder. Points into the path. NULL: a file of its own. */
const char *tar_path_member(const char *path);

/* file_find for paths that may lead into a tar file: then, whether that is there. Whoever reads
 * the member learns whether it is. */
int tar_path_find(const char *path, bool *found, Error *err);

#endif
