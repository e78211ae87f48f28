/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives of stored (uncompressed) entries, with zip64: the container of PyTorch's files.
 * The programs of a TorchScript archive, FOLDER/code/..., may be compressed: they are never
 * read.
 *
 * The reader trusts the central directory only as far as the file confirms it: the local header
 * of every entry must name the same entry, data must lie inside the file, and no two entries
 * may share a byte. Other compressed entries, encrypted entries and multi-part archives are
 * rejected. */
#ifndef RAMPLUS_CORE_FORMATS_ZIP_H
#define RAMPLUS_CORE_FORMATS_ZIP_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ZipEntry {
    char *name;
    uint64_t header; /* offset of its local header */
    uint64_t at;     /* offset of its data */
    uint64_t size;   /* bytes as stored */
    uint32_t crc;    /* CRC-32 of the data; 0: omitted by the writer */
    bool packed;     /* compressed: cannot be read */
} ZipEntry;

typedef struct ZipFile ZipFile;

/* Opens an archive and checks its directory. ERROR_DATA on any defect. The caller closes it
 * with zip_close. */
int zip_open(const char *path, ZipFile **out, Error *err);
void zip_close(ZipFile *z); /* accepts NULL */
const char *zip_path(const ZipFile *z);
uint64_t zip_bytes(const ZipFile *z); /* size of the whole file */
int64_t zip_count(const ZipFile *z);
const ZipEntry *zip_entry(const ZipFile *z, int64_t i);       /* in file order */
const ZipEntry *zip_find(const ZipFile *z, const char *name); /* NULL when missing */
/* Reads `bytes` bytes of the entry from its byte `from` on; the range must lie inside the
 * entry. */
int zip_read(ZipFile *z, const ZipEntry *e, uint64_t from, void *out, uint64_t bytes,
             Error *err);
/* Compares the CRC-32 of the entry, if it has one and is not packed. */
int zip_verify(ZipFile *z, const ZipEntry *e, Error *err);

typedef struct ZipWriter ZipWriter;
/* Creates a file that replaces an old one as a whole on commit. ERROR_RUNTIME; after the first
 * failure the other calls do nothing and commit reports it. The data of every entry starts at a
 * multiple of 64. */
int zip_create(const char *path, ZipWriter **out, Error *err);
int zip_put(ZipWriter *w, const char *name, const void *data, uint64_t bytes, Error *err);
int zip_commit(ZipWriter *w, Error *err); /* frees w in every case */
void zip_abandon(ZipWriter *w);           /* removes the temporary file; accepts NULL */

#endif
