/* SPDX-License-Identifier: Apache-2.0 */
/* A part of a file in memory without a copy: its pages are those of the kernel's cache of the
 * file, shared by all processes that map it, and count as no memory of any of them.
 *
 * A map is not a copy: it shows what becomes of the file. A file that is replaced by another of
 * its name, as this program writes files, stays as it was. One that is changed in place changes
 * the numbers: file_map_check finds that afterwards, so call it before results leave the
 * program. One that becomes shorter, or whose disk fails, ends the program on the next access:
 * with a message and an exit code instead of the signal SIGBUS. */
#ifndef RAMPLUS_CORE_IO_FILE_MAP_H
#define RAMPLUS_CORE_IO_FILE_MAP_H

#include "core/error.h"
#include "core/hash.h"

#include <stddef.h>
#include <stdint.h>

typedef struct FileMap FileMap;

/* Maps `bytes` bytes (1 or more) from byte `at` of the file that is open as fd, which may be
 * closed afterwards, and compares their hash. `path` names the file in messages.
 * ERROR_CHECKPOINT if it is shorter or has other bytes, ERROR_RUNTIME if it cannot be mapped.
 * Owned: file_map_free. */
int file_map_open(int fd, const char *path, uint64_t at, size_t bytes,
                  const uint8_t hash[static HASH_BYTES], FileMap **out, Error *err);
const void *file_map_data(const FileMap *m); /* read-only */

/* Whether the bytes are still the same. Takes a system call, and as long as a hash of the bytes
 * if anything has happened to the file. ERROR_CHECKPOINT if they are not. */
int file_map_check(FileMap *m, Error *err);

void file_map_free(FileMap *m); /* accepts NULL */

#endif
