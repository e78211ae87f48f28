/* Files that may be packed with gzip. */
#ifndef RAMPLUS_DATA_TEXT_GZIP_H
#define RAMPLUS_DATA_TEXT_GZIP_H

#include "core/file.h"

/* Reads a whole file, unpacked if its first two bytes are gzip's. At most `most` bytes may come out.
 * EXIT_DATA when it is missing, damaged, cut or larger. Owned by the caller: bytes_free. */
int gzip_read(const char *path, size_t most, Bytes *out, Error *err);

#endif
