/* SPDX-License-Identifier: Apache-2.0 */
/* Our own HDF5 files: named float32 / float64 / int64 / byte arrays and texts, each with an XXH3-128
 * checksum. A file is written as a whole under a temporary name, fsynced and renamed; never
 * updated in place. Names may contain dots and slashes (slashes make groups). */
#ifndef RAMPLUS_CORE_FORMATS_H5_H
#define RAMPLUS_CORE_FORMATS_H5_H

#include "core/error.h"

#include <stdint.h>

enum H5Type { H5_F32, H5_F64, H5_I64, H5_U8 };

typedef struct H5Writer H5Writer;
/* Errors: ERROR_RUNTIME. After the first failure the other calls do nothing and commit reports it. */
int h5_create(const char *path, const char *kind, H5Writer **out,
              Error *err); /* kind: "checkpoint", "bank", ... */
int h5_put(H5Writer *w, const char *name, enum H5Type type, int ndim, const int64_t *shape,
           const void *data, Error *err);
int h5_put_text(H5Writer *w, const char *name, const char *text, Error *err);
/* Finishes: flush, fsync, rename, fsync folder. Frees w in every case. */
int h5_commit(H5Writer *w, Error *err);
void h5_abandon(H5Writer *w); /* removes the temporary file; accepts NULL */

typedef struct H5Entry {
    char *name;
    enum H5Type type;
    int ndim; /* at most 8 */
    int64_t shape[8];
    int64_t len;
} H5Entry;

typedef struct H5File H5File;
/* Errors on reading: ERROR_CHECKPOINT. The entries of a companion (core/formats/h5_companion.h) are among
 * those of the file. Damaged files give one clear line, never a crash and never
 * HDF5's own error stack. */
int h5_open(const char *path, H5File **out, Error *err);
void h5_close(H5File *f); /* accepts NULL */
const char *h5_kind(const H5File *f);
int64_t h5_count(const H5File *f);
const H5Entry *h5_entry(const H5File *f, int64_t i);       /* sorted by name */
const H5Entry *h5_find(const H5File *f, const char *name); /* NULL when missing */
/* Reads all elements into out (of the entry's type) and checks the checksum. */
int h5_read(H5File *f, const H5Entry *e, void *out, Error *err);
const uint8_t *h5_checksum(const H5Entry *e); /* XXH3-128 of its bytes, as stored */
int h5_read_text(H5File *f, const char *name, char **out, Error *err); /* owned by the caller */
/* Checks every checksum without keeping data. */
int h5_verify(H5File *f, Error *err);
/* Hash over names, types, shapes and data of everything but entries whose name starts with "info/":
 * 32 hex digits and NUL. Independent of time, order of writing and machine. Checks every checksum on
 * the way. */
int h5_content(H5File *f, char out[static 33], Error *err);

#endif
