/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives byte by byte, also invalid ones: an independent writer for tests of readers. */
#ifndef RAMPLUS_TESTS_CORE_FORMATS_ZIP_BUILD_H
#define RAMPLUS_TESTS_CORE_FORMATS_ZIP_BUILD_H

#include <stddef.h>
#include <stdint.h>

/* A stored entry. Nonzero fields make its headers inconsistent. */
typedef struct ZipPart {
    const char *name;
    const void *data;
    size_t len;
    int method, flags; /* in both headers */
    int local_method;  /* in its local header only */
    const char *local_name;
    uint32_t crc;          /* in the directory; 0: none, as from PyTorch without checksums */
    uint32_t packed, size; /* in the directory, instead of len */
    int shift;             /* added to the offset in the directory */
    int wide;              /* sizes and offset in a zip64 field */
    int extra_len;         /* length of that field, if not 0 */
} ZipPart;

/* Errors in the end records. */
typedef struct ZipEnd {
    int entries, directory_bytes, directory_shift, disk; /* added to the right values */
    int wide;                                            /* with a zip64 end record */
    int64_t locator_shift, end64_entries;                /* added to the right values */
} ZipEnd;

/* Builds the archive, which the caller frees with mem_free; *len receives its length. */
uint8_t *zip_build(const ZipPart *part, int parts, const ZipEnd *end, size_t *len);

#endif
