/* SPDX-License-Identifier: Apache-2.0 */
/* Texts kept in a file instead of memory, 8 bytes each: written once, then read in any order.
 * The file has no name, so nothing of it remains. */
#ifndef RAMPLUS_DATA_PREPARE_SPOOL_H
#define RAMPLUS_DATA_PREPARE_SPOOL_H

#include "core/error.h"

#include <stdint.h>
#include <stdio.h>

typedef struct Spool {
    char *path; /* for messages */
    FILE *file;
    int64_t count, room;
    int64_t *end; /* [count] in the file */
} Spool;

/* Creates the file in a folder. ERROR_RUNTIME. Owned: spool_free, also after a failure. */
int spool_new(const char *folder, Spool *out, Error *err);
void spool_free(Spool *s); /* frees and empties */

int spool_add(Spool *s, const char *text, Error *err); /* ERROR_RUNTIME */
/* After the last spool_add, before the first spool_get. ERROR_RUNTIME. */
int spool_end(Spool *s, Error *err);
/* Text i, owned by the caller (mem_free); NULL and ERROR_RUNTIME if it cannot be read. */
char *spool_get(const Spool *s, int64_t i, Error *err);

#endif
