/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of a tar file lie, by name: 32 bytes for each. */
#ifndef RAMPLUS_CORE_IO_TAR_INDEX_H
#define RAMPLUS_CORE_IO_TAR_INDEX_H

#include "core/hash.h"
#include "core/io/tar.h"

#include <stdbool.h>

typedef struct TarPlace {
    uint8_t key[HASH_BYTES]; /* of its name */
    int64_t offset, bytes;
} TarPlace;

typedef struct TarIndex {
    int64_t count, room;
    TarPlace *place; /* [count] ascending by key */
    /* Members that are no files of their own (TarMember.why), and further ones of a name, of
     * which the first counts. */
    int64_t left_out;
    Error torn; /* as of tar_list */
    bool (*wanted)(const char *name);
} TarIndex;

/* Lists the open file; wanted: which members have a place; NULL: all. Codes of tar_list. The
 * caller owns *out (tar_index_free). */
int tar_index_read(int fd, const char *path, int64_t bytes, bool (*wanted)(const char *name),
                   TarIndex *out, Error *err);
void tar_index_free(TarIndex *index); /* frees and empties */

/* The place of a member, borrowed; NULL if there is none. Names are compared in the form of
 * tar_clean_name. */
const TarPlace *tar_index_find(const TarIndex *index, const char *name);

#endif
