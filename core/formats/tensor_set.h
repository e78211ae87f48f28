/* SPDX-License-Identifier: Apache-2.0 */
/* A set of named tensors in a file of any format: all that a reader of weights needs to know. A new
 * format fills a TensorSet. */
#ifndef RAMPLUS_CORE_FORMATS_TENSOR_SET_H
#define RAMPLUS_CORE_FORMATS_TENSOR_SET_H

#include "core/autograd/tensor.h"
#include "core/error.h"
#include "core/formats/h5.h"

#include <stdbool.h>
#include <stdint.h>

enum { TENSOR_SET_AXES = 8 };

typedef struct TensorEntry {
    const char *name;
    const char *dtype; /* in the file, "F32", "BF16", ...; NULL: of no interest */
    int ndim;
    int64_t shape[TENSOR_SET_AXES];
    int64_t len; /* elements */
} TensorEntry;

typedef struct TensorSet {
    char *path; /* for messages */
    H5File *h5; /* our own files: for what they hold beside numbers; NULL: another format */
    int64_t count;
    TensorEntry *entry; /* [count] names are the store's */
    int64_t others;     /* tensors of the file that are no weights, such as an optimizer's */
    void *store;        /* of the format */
    /* All len elements of entry i as float32. */
    int (*read)(void *store, int64_t i, float *out, Error *err);
    /* The same as the file has them, of `dtype`; NULL: not offered. */
    int (*read_raw)(void *store, int64_t i, void *out, Error *err);
    /* Compares all checksums; *all: nothing in the file is without one. NULL: the format has none. */
    int (*verify)(void *store, bool *all, Error *err);
    /* The stored XXH3-128 of what read_raw gives. NULL: the format has none. */
    const uint8_t *(*checksum)(void *store, int64_t i);
    void (*close)(void *store);
} TensorSet;

/* Opens a file of the format. Codes as st_open and pth_open. Owned: tensor_set_close. */
int tensor_set_safetensors(const char *path, TensorSet *out, Error *err);
int tensor_set_pth(const char *path, TensorSet *out, Error *err);
/* Our own HDF5 files, every entry of them: h5_open. */
int tensor_set_h5(const char *path, TensorSet *out, Error *err);
/* The same of an open file, which the caller keeps and closes after the set. */
TensorSet tensor_set_of_h5(H5File *f, const char *path);
/* By core/formats/file_kind.h. */
int tensor_set_open(const char *path, TensorSet *out, Error *err);
void tensor_set_close(TensorSet *s); /* closes and empties; accepts an empty one */

/* The index of a name, or -1. */
int64_t tensor_set_find(const TensorSet *s, const char *name);
/* Whether it has the shape of t, where [] and [1] are one: PyTorch keeps single numbers as either. */
bool tensor_set_fits(const TensorEntry *e, const Tensor *t);
/* "[2, 3]" of an entry. */
const char *tensor_set_shape_text(const TensorEntry *e, char out[static 192]);

#endif
