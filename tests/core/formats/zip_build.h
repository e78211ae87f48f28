/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives byte by byte, also wrong ones: an independent writer for tests of readers. */
#ifndef RAMPLUS_TESTS_CORE_FORMATS_ZIP_BUILD_H
#define RAMPLUS_TESTS_CORE_FORMATS_ZIP_BUILD_H

#include <stddef.h>
#include <stdint.h>

/* An entry, stored. Fields that are not 0 lie about it. */
typedef struct ZipPart {
    const char *name;
    const void *data;
    size_t len;
    int method, flags; /* in both headers */
    int local_method;  /* in its own header alone */
    const char *local_name;
    uint32_t crc;          /* of the directory; 0: none, as PyTorch without checksums */
    uint32_t packed, size; /* of the directory, instead of len */
    int shift;             /* added to the place that the directory names */
    int wide;              /* sizes and place in a zip64 field */
    int extra_len;         /* of that field, instead of its length */
} ZipPart;

/* Lies about the archive. */
typedef struct ZipEnd {
    int entries, directory_bytes, directory_shift, disk; /* added to the right values */
    int wide;                                            /* with a zip64 end record */
    int64_t locator_shift, end64_entries;                /* added to the right values */
} ZipEnd;

/* The archive. Owned (mem_free); *len receives its length. */
uint8_t *zip_build(const ZipPart *part, int parts, const ZipEnd *end, size_t *len);

#endif
