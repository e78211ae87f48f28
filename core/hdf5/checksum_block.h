/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum block of ramplus's own files: the first 512 bytes hold a mark, the length of the
 * rest and its XXH3-128. A corrupt or truncated file is rejected before any library parses it.
 * HDF5 calls such a block a user block and skips it. */
#ifndef RAMPLUS_CORE_HDF5_CHECKSUM_BLOCK_H
#define RAMPLUS_CORE_HDF5_CHECKSUM_BLOCK_H

#include "core/error.h"
#include "core/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHECKSUM_BLOCK_BYTES = 512 };

/* Whether these 8 bytes are the start of a ramplus file. */
bool checksum_block_marks(const char *head);

/* Writes the block of a finished file, which is open for reading and writing and whose first
 * 512 bytes are unused. ERROR_RUNTIME on failure; path names the file in messages. */
int checksum_block_write(int fd, const char *path, Error *err);

/* Reads the whole open file, of *size bytes, and compares its checksum. ERROR_CHECKPOINT if it
 * does not match. */
int checksum_block_check(int fd, const char *path, uint64_t *size, Error *err);

/* Reads `bytes` bytes at offset `at`. ERROR_CHECKPOINT if the file ends earlier. */
int checksum_block_read(int fd, const char *path, uint64_t at, void *out, uint64_t bytes,
                        Error *err);
/* The XXH3-128 of those bytes, which are read piece by piece. */
int checksum_block_hash(int fd, const char *path, uint64_t at, uint64_t bytes,
                        uint8_t out[static HASH_BYTES], Error *err);

#endif
