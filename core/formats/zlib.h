/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of zip archives, and reading of files that may be compressed with gzip. */
#ifndef RAMPLUS_CORE_FORMATS_ZLIB_H
#define RAMPLUS_CORE_FORMATS_ZLIB_H

#include "core/io/file.h"

/* Extends the CRC-32 `before` (0 for the first bytes) by len bytes (ISO 3309, reflected
 * polynomial 0xEDB88320). */
uint32_t zlib_crc32(uint32_t before, const void *data, size_t len);

/* Reads a whole file and decompresses it if it starts with gzip's two magic bytes. ERROR_DATA
 * if it is missing, corrupt, truncated or has more than `max` bytes of contents. The caller
 * frees it with bytes_free. */
int zlib_read_gzip(const char *path, size_t max, Bytes *out, Error *err);

#endif
