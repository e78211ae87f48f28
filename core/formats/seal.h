/* The seal of our own files: the first 512 bytes hold a mark, the length of the rest and its
 * XXH3-128. A damaged or cut file is refused before any library looks into it; HDF5 calls such a block
 * a user block and skips it. */
#ifndef RAMPLUS_CORE_FORMATS_SEAL_H
#define RAMPLUS_CORE_FORMATS_SEAL_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { SEAL_BYTES = 512 };

/* Whether a file of ours begins with these 8 bytes. */
bool seal_marks(const char *head);

/* Seals a finished file, open for reading and writing, whose first 512 bytes are free. EXIT_RUNTIME;
 * path is for messages. */
int seal_write(int fd, const char *path, Error *err);

/* Reads the whole of an open file and compares. EXIT_CHECKPOINT. */
int seal_check(int fd, const char *path, Error *err);

/* bytes at offset `at`; EXIT_CHECKPOINT when the file ends before. */
int seal_read(int fd, const char *path, uint64_t at, void *out, uint64_t bytes, Error *err);

#endif
