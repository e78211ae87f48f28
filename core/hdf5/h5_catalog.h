/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog of an open file; private to the files core/hdf5/h5_*.c. */
#ifndef RAMPLUS_CORE_HDF5_H5_CATALOG_H
#define RAMPLUS_CORE_HDF5_H5_CATALOG_H

#include "core/hash.h"
#include "core/hdf5/h5_file.h"

#include <stdbool.h>
#include <stddef.h>

enum { H5_AXES = 8, H5_KIND = 32 };

typedef struct H5Number {
    const char *name; /* in content hashes */
    size_t bytes;
} H5Number;

extern const H5Number h5_types[];         /* indexed by enum H5Type */
int64_t h5_stored_type(enum H5Type type); /* HDF5's identifier of the type as stored */

typedef struct H5Item {
    H5Entry entry;
    bool text;
    uint64_t at; /* first byte in the file */
    uint8_t hash[HASH_BYTES];
    const H5File *home; /* the file that contains the numbers */
} H5Item;

struct H5File {
    char *path;
    int fd;
    uint64_t size; /* size of the file in bytes */
    char kind[H5_KIND];
    int64_t count, room;
    H5Item *item;      /* by name */
    H5File *companion; /* core/hdf5/h5_companion.h; NULL: none */
};

/* Fills kind and items, unsorted, given path and size. HDF5 opens the file and closes it
 * again. */
int h5_read_catalog(H5File *f, Error *err);

/* h5_open without the companion. */
int h5_open_alone(const char *path, H5File **out, Error *err);
void h5_sort(H5File *f); /* by name */
/* h5_content from the stored checksums, which the checksum block protects. */
void h5_stored_content(const H5File *f, char out[static HASH_HEX]);

/* Sets the error `PATH: NAME: WHY` with ERROR_CHECKPOINT. Returns -1. */
int h5_refuse(const H5File *f, const char *name, const char *why, Error *err);

#endif
