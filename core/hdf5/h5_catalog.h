/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog of a file: its kind, and name, type, shape, place and checksum of every entry, as
 * plain bytes at the end of the file (docs/formats.md). Private to the files core/hdf5/h5_*.c.
 * Everything that is known about a file comes through h5_catalog_decode, which trusts
 * nothing. */
#ifndef RAMPLUS_CORE_HDF5_H5_CATALOG_H
#define RAMPLUS_CORE_HDF5_H5_CATALOG_H

#include "core/hash.h"
#include "core/hdf5/h5_file.h"
#include "core/io/text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    H5_AXES = 8,
    H5_KIND = 32,               /* bytes, with at least one NUL */
    H5_NAME = 1024,             /* longest name in bytes */
    H5_CATALOG_BYTES = 4 << 20, /* longest catalog: room for 30,000 entries */
};

typedef struct H5Number {
    const char *name; /* in content hashes */
    size_t bytes;
} H5Number;

extern const H5Number h5_types[]; /* indexed by enum H5Type */

typedef struct H5Item {
    H5Entry entry;
    bool text;
    uint64_t at; /* first byte in the file; 0 for an entry without bytes */
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

H5File *h5_file_new(const char *path); /* nothing is open; free with h5_close */
void h5_add(H5File *f, const char *name, const H5Item *item); /* copies both; sets home */
void h5_sort(H5File *f);                                      /* by name */
uint64_t h5_bytes(const H5Item *item);                        /* of its data */
/* Whether an entry may have this name: UTF-8, not too long, and stored by HDF5 as it is, which
 * would normalize "a//b" and "./a". */
bool h5_name_valid(const char *name);

/* Appends kind and items, which are sorted, as bytes. */
void h5_catalog_encode(const H5File *f, Text *out);
/* Fills kind and items from bytes that anyone may have written. Every entry lies in front of
 * byte `end` of the file, and no two share a byte. ERROR_CHECKPOINT. */
int h5_catalog_decode(H5File *f, const char *bytes, size_t len, uint64_t end, Error *err);

/* Writes the catalog behind the end of the file that is open as fd. ERROR_RUNTIME. */
int h5_catalog_append(const H5File *f, int fd, Error *err);
/* Fills kind and items of a file whose checksum was compared. */
int h5_catalog_read(H5File *f, Error *err);

/* h5_open without the companion. */
int h5_open_alone(const char *path, H5File **out, Error *err);
/* h5_content from the stored checksums, which the checksum block protects. */
void h5_stored_content(const H5File *f, char out[static HASH_HEX]);

/* Sets the error `PATH: NAME: WHY` with ERROR_CHECKPOINT. Returns -1. */
int h5_refuse(const H5File *f, const char *name, const char *why, Error *err);

#endif
