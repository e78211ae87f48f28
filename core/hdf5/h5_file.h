/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ramplus's own HDF5 files: named float32 / float64 / bfloat16 / int64 / byte arrays
 * and texts, each with an XXH3-128 checksum. Names may contain dots and slashes (slashes create
 * groups). */
#ifndef RAMPLUS_CORE_HDF5_H5_FILE_H
#define RAMPLUS_CORE_HDF5_H5_FILE_H

#include "core/error.h"
#include "core/io/file_map.h"

#include <stdint.h>

/* Numbers of the types in the catalog, where 4 is a text. */
enum H5Type { H5_F32, H5_F64, H5_I64, H5_U8, H5_BF16 = 5 };

typedef struct H5Entry {
    char *name;
    enum H5Type type;
    int ndim; /* at most 8 */
    int64_t shape[8];
    int64_t len;
} H5Entry;

typedef struct H5File H5File;
/* Opens a file and checks its checksum block. Errors on reading are ERROR_CHECKPOINT, or
 * ERROR_RUNTIME if the machine is at fault (core/io/file_open.h), not the file. The
 * entries include those of a companion (core/hdf5/h5_companion.h). A corrupt file gives a
 * one-line error, never a crash or HDF5's own error stack. */
int h5_open(const char *path, H5File **out, Error *err);
void h5_close(H5File *f); /* accepts NULL */
const char *h5_kind(const H5File *f);
int64_t h5_count(const H5File *f);
const H5Entry *h5_entry(const H5File *f, int64_t i);       /* sorted by name */
const H5Entry *h5_find(const H5File *f, const char *name); /* NULL if missing */
/* Reads all elements into out (of the entry's type) and compares the checksum. */
int h5_read(H5File *f, const H5Entry *e, void *out, Error *err);
/* Reads elements first..first+n-1. Any number of threads may read. h5_open has compared the
 * checksum of the whole file. */
int h5_read_part(const H5Entry *e, int64_t first, int64_t n, void *out, Error *err);
/* Maps all elements instead, of an array that is not empty. *out is NULL if they do not begin
 * at a multiple of their size: read them. Owned: file_map_free. */
int h5_map(const H5Entry *e, FileMap **out, Error *err);
/* As h5_read, for float32 and, converted, bfloat16; any other type is an error. */
int h5_read_f32(H5File *f, const H5Entry *e, float *out, Error *err);
const uint8_t *h5_checksum(const H5Entry *e); /* stored XXH3-128 of its bytes */
/* Reads a text; the caller frees it with mem_free. */
int h5_read_text(H5File *f, const char *name, char **out, Error *err);
/* Compares the checksum of every entry. */
int h5_verify(H5File *f, Error *err);
/* The content hash over names, types, shapes and data of all entries except those named
 * "info/...": 32 hex digits and NUL. It does not depend on time, order of writing or machine.
 * Compares every checksum, too. */
int h5_content(H5File *f, char out[static 33], Error *err);

#endif
