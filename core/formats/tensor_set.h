/* SPDX-License-Identifier: Apache-2.0 */
/* A set of named tensors in a file of any format: the interface for readers of weights. A new
 * format fills a TensorSet. */
#ifndef RAMPLUS_CORE_FORMATS_TENSOR_SET_H
#define RAMPLUS_CORE_FORMATS_TENSOR_SET_H

#include "core/autograd/tensor.h"
#include "core/error.h"
#include "core/hash_map.h"
#include "core/hdf5/h5_file.h"

#include <stdbool.h>
#include <stdint.h>

enum { TENSOR_SET_AXES = 8 };

typedef struct TensorEntry {
    const char *name;
    const char *dtype; /* in the file, "F32", "BF16", ...; NULL: not given */
    /* Set for a value that is no plain tensor, of no shape: what made it. */
    const char *opaque;
    int ndim;
    int64_t shape[TENSOR_SET_AXES];
    int64_t len;   /* elements */
    int64_t bytes; /* of read_raw */
} TensorEntry;

typedef struct TensorSet {
    char *path; /* for messages */
    H5File *h5; /* of a ramplus file, for entries that are not numbers; else NULL */
    int64_t count;
    TensorEntry *entry; /* [count]; names belong to the store */
    HashMap index;      /* of the names, for tensor_set_find; empty in sets that grow */
    const char *where;  /* the place of the tensors in the file; NULL: nothing to say */
    int64_t others;     /* number of tensors in the file that are not weights */
    void *store;        /* state of the format */
    /* Reads all len elements of entry i as float32, finite or not; see tensor_set_read. */
    int (*read)(void *store, int64_t i, float *out, Error *err);
    /* Reads them as stored, in type `dtype`; NULL: not supported. */
    int (*read_raw)(void *store, int64_t i, void *out, Error *err);
    /* Compares all checksums; *all: everything in the file has one. NULL: the format has
     * none. */
    int (*verify)(void *store, bool *all, Error *err);
    /* The stored XXH3-128 of the bytes of read_raw. NULL: the format has none. */
    const uint8_t *(*checksum)(void *store, int64_t i);
    void (*close)(void *store);
} TensorSet;

/* Opens a file of the format. ERROR_DATA on any defect. The caller closes the set with
 * tensor_set_close. */
int tensor_set_safetensors(const char *path, TensorSet *out, Error *err);
int tensor_set_pth(const char *path, TensorSet *out, Error *err);
/* The set of an open HDF5 file, which remains the caller's and must be closed after the set. */
TensorSet tensor_set_of_h5(H5File *f, const char *path);
/* Opens a file in the format that its first bytes tell (file_kind_arrays, with its codes). */
int tensor_set_open(const char *path, TensorSet *out, Error *err);
void tensor_set_close(TensorSet *s); /* closes and empties; accepts an empty one */

/* Makes tensor_set_find fast, for a set whose names are final. */
void tensor_set_index(TensorSet *s);
/* Returns the index of a name, or -1. */
int64_t tensor_set_find(const TensorSet *s, const char *name);
/* What of e cannot be read as numbers, a type or what made it; NULL if it can be read. */
const char *tensor_set_unreadable(const TensorEntry *e);
/* Reads all len elements of entry i as float32. Everything that uses weights reads them here.
 * ERROR_DATA for an entry that cannot be read, ERROR_NUMERIC if a number is not finite; both
 * name the tensor. */
int tensor_set_read(const TensorSet *s, int64_t i, float *out, Error *err);
/* The second error, for values [len] of e that were read otherwise. */
int tensor_set_check(const char *path, const TensorEntry *e, const float *values, Error *err);
/* The second error unless `bad`, the number of values that are not finite, is 0. */
int tensor_set_check_count(const char *path, const TensorEntry *e, int64_t bad, Error *err);
/* Whether e has the shape of t. [] and [1] count as equal: PyTorch stores single numbers as
 * either. */
bool tensor_set_fits(const TensorEntry *e, const Tensor *t);
/* Writes the shape of an entry as "[2, 3]" and returns out. */
const char *tensor_set_shape_text(const TensorEntry *e, char out[static 192]);

#endif
