/* SPDX-License-Identifier: Apache-2.0 */
/* The files in a folder that people fill, with what systems leave there. */
#ifndef RAMPLUS_CORE_IO_GATHER_H
#define RAMPLUS_CORE_IO_GATHER_H

#include "core/error.h"

#include <stdint.h>

typedef struct Gathered {
    int64_t count;
    char **path;    /* [count] folder and name, sorted by bytes */
    int64_t unread; /* folders that cannot be listed, links to nothing, pipes, devices */
    Error first;    /* why the first of them was left out */
} Gathered;

/* Gathers the regular files in a folder and its subfolders. Left out are hidden files and
 * folders (.*) and those of other programs (__MACOSX, @eaDir, $RECYCLE.BIN). Links are
 * followed; a folder that several paths lead to counts once, under the path without a link, and
 * a link to a folder that holds this one is not followed, nor one to a file of the system.
 * ERROR_DATA if the folder itself cannot be listed, ERROR_RUNTIME if the machine fails at any
 * of them: no list is better than an incomplete one. Owned: gathered_free. */
int gather_files(const char *folder, Gathered *out, Error *err);
/* The same without subfolders. */
int gather_own_files(const char *folder, Gathered *out, Error *err);
void gathered_free(Gathered *g); /* frees and empties */

#endif
