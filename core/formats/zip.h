/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives of stored (uncompressed) entries, with zip64: the envelope of PyTorch's files. The programs
 * of a TorchScript archive, FOLDER/code/..., may be compressed: they are never read.
 *
 * Reading believes the central directory only as far as the file confirms it: every entry's own header
 * must name the same entry, data must lie inside the file and no two entries may share a byte.
 * Other compressed entries, encrypted ones and split archives are refused. */
#ifndef RAMPLUS_CORE_FORMATS_ZIP_H
#define RAMPLUS_CORE_FORMATS_ZIP_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ZipEntry {
    char *name;
    uint64_t header; /* where its own header stands in the file */
    uint64_t at;     /* first byte of its data */
    uint64_t size;   /* bytes, as they stand in the file */
    uint32_t crc;    /* CRC-32 of the data; 0: the writer left it out */
    bool packed;     /* compressed: not to be read */
} ZipEntry;

typedef struct ZipFile ZipFile;

/* Opens and checks the directory; ERROR_DATA on any defect. Owned: zip_close. */
int zip_open(const char *path, ZipFile **out, Error *err);
void zip_close(ZipFile *z); /* accepts NULL */
const char *zip_path(const ZipFile *z);
uint64_t zip_bytes(const ZipFile *z); /* of the whole file */
int64_t zip_count(const ZipFile *z);
const ZipEntry *zip_entry(const ZipFile *z, int64_t i);       /* in file order */
const ZipEntry *zip_find(const ZipFile *z, const char *name); /* NULL when missing */
/* `bytes` bytes of the entry from byte `from`, which must lie inside it. */
int zip_read(ZipFile *z, const ZipEntry *e, uint64_t from, void *out, uint64_t bytes,
             Error *err);
/* Compares the entry's CRC-32, if it has one and is not packed. */
int zip_verify(ZipFile *z, const ZipEntry *e, Error *err);

typedef struct ZipWriter ZipWriter;
/* A new file that replaces the old one whole on commit. ERROR_RUNTIME; after the first failure the other
 * calls do nothing and commit reports it. The data of every entry starts at a multiple of 64. */
int zip_create(const char *path, ZipWriter **out, Error *err);
int zip_put(ZipWriter *w, const char *name, const void *data, uint64_t bytes, Error *err);
int zip_commit(ZipWriter *w, Error *err); /* frees w in every case */
void zip_abandon(ZipWriter *w);           /* removes the temporary file; accepts NULL */

#endif
