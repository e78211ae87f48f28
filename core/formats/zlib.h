/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of zip archives, and files that may be packed with gzip. */
#ifndef RAMPLUS_CORE_FORMATS_ZLIB_H
#define RAMPLUS_CORE_FORMATS_ZLIB_H

#include "core/file.h"

/* The CRC-32 (ISO 3309, reflected polynomial 0xEDB88320) of what `before` is the checksum of (0:
 * nothing), followed by these bytes. */
uint32_t zlib_crc32(uint32_t before, const void *data, size_t len);

/* Reads a whole file, unpacked if its first two bytes are gzip's. At most `most` bytes may come out.
 * ERROR_DATA when it is missing, damaged, cut or larger. Owned by the caller: bytes_free. */
int zlib_read_gzip(const char *path, size_t most, Bytes *out, Error *err);

#endif
