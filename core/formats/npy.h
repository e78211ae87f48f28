/* SPDX-License-Identifier: Apache-2.0 */
/* Reading arrays of NumPy (.npy, format 1.0 to 3.0). The file is 6 bytes of magic, 2 of
 * version, the length of the header (2 bytes, 4 from version 2.0 on), the header, which is a
 * Python dictionary, and the elements. Nothing of it is trusted: the header has to be exactly
 * such a dictionary, and the elements have to fill the rest of the file.
 *
 * Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays". */
#ifndef RAMPLUS_CORE_FORMATS_NPY_H
#define RAMPLUS_CORE_FORMATS_NPY_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { NPY_AXES = 8, NPY_HEADER_MAX = 65536 };

enum NpyType { NPY_F16, NPY_F32, NPY_F64, NPY_BOOL, NPY_U8, NPY_I8, NPY_I16, NPY_I32, NPY_I64 };

typedef struct Npy {
    char *path;
    int fd;
    enum NpyType type;
    int64_t bytes; /* of an element */
    int ndim;
    int64_t shape[NPY_AXES];
    int64_t len; /* elements */
    uint64_t at; /* the first one */
} Npy;

/* Whether a file starts with these 6 bytes. */
bool npy_marks(const void *head);

/* Opens a file. ERROR_DATA: no such array, an order of columns (fortran_order), big-endian
 * numbers, or a type other than NpyType. Owned: npy_close. */
int npy_open(const char *path, Npy *out, Error *err);
void npy_close(Npy *n); /* closes and empties; accepts an array that is not open */

/* Elements first..first+n-1 as double, which holds all but large 64-bit integers exactly. Any
 * number of threads may read. ERROR_DATA if the file has become shorter. */
int npy_read(const Npy *a, int64_t first, int64_t n, double *out, Error *err);

#endif
