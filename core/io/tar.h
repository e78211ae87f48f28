/* SPDX-License-Identifier: Apache-2.0 */
/* Tar files as shards of samples: listing where the data of each member lies, so that it can be
 * read at random, and writing them. Format: POSIX ustar and pax, GNU and v7, by libarchive. */
#ifndef RAMPLUS_CORE_IO_TAR_H
#define RAMPLUS_CORE_IO_TAR_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TAR_NAME_MAX = 1024,       /* bytes of a name that is kept */
    TAR_MEMBERS_MAX = 1 << 24, /* of one file */
};

typedef struct TarMember {
    const char *name; /* without `.` parts and doubled slashes; borrowed for the call */
    int64_t offset;   /* of its first byte in the file */
    int64_t bytes;
    const char *why; /* NULL: a regular file that lies in the tar file as a whole; else why it
                        is left out: a link, a name that leads out, a file with holes, ... */
} TarMember;

/* Returns -1 with the error set to end the listing. */
typedef int TarTake(void *to, const TarMember *member, Error *err);

/* Passes every member but folders to `take`, in the order of the file. fd: a regular file of so
 * many bytes; path names it in messages. *torn: what is wrong with the file behind the members
 * that were listed, as a file that was cut has it; code 0: nothing. ERROR_DATA if it is no tar
 * file or a compressed one, ERROR_RUNTIME if the machine cannot read it. */
int tar_list(int fd, const char *path, int64_t bytes, TarTake *take, void *to, Error *torn,
             Error *err);

/* Brings a name into the form of TarMember in place. NULL, or why it is refused: it is
 * absolute, too long, or contains `..`. */
const char *tar_clean_name(char *name);

typedef struct TarWriter TarWriter;

/* Writes a tar file that appears as a whole or not at all (core/io/file_writer.h). The same
 * members make the same bytes: no member has a time or an owner. The caller ends it with
 * commit or abandon. ERROR_RUNTIME. */
int tar_writer_new(const char *path, TarWriter **out, Error *err);
/* Appends a member; the name has at most 100 bytes. ERROR_RUNTIME. */
int tar_writer_put(TarWriter *w, const char *name, const void *data, size_t bytes, Error *err);
int tar_writer_commit(TarWriter *w, Error *err); /* frees w in every case */
void tar_writer_abandon(TarWriter *w);           /* removes the file, frees w; accepts NULL */

#endif
