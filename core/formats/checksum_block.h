/* SPDX-License-Identifier: Apache-2.0 */
/* The seal of our own files: the first 512 bytes hold a mark, the length of the rest and its
 * XXH3-128. A damaged or cut file is refused before any library looks into it; HDF5 calls such a block
 * a user block and skips it. */
#ifndef RAMPLUS_CORE_FORMATS_CHECKSUM_BLOCK_H
#define RAMPLUS_CORE_FORMATS_CHECKSUM_BLOCK_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHECKSUM_BLOCK_BYTES = 512 };

/* Whether a file of ours begins with these 8 bytes. */
bool checksum_block_marks(const char *head);

/* Seals a finished file, open for reading and writing, whose first 512 bytes are free. ERROR_RUNTIME;
 * path is for messages. */
int checksum_block_write(int fd, const char *path, Error *err);

/* Reads the whole of an open file and compares. ERROR_CHECKPOINT. */
int checksum_block_check(int fd, const char *path, Error *err);

/* bytes at offset `at`; ERROR_CHECKPOINT when the file ends before. */
int checksum_block_read(int fd, const char *path, uint64_t at, void *out, uint64_t bytes,
                        Error *err);

#endif
