/* SPDX-License-Identifier: Apache-2.0 */
/* Writing ramplus's own HDF5 files. A file is written as a whole under a temporary name,
 * fsynced and renamed, and never updated in place. */
#ifndef RAMPLUS_CORE_HDF5_H5_WRITE_H
#define RAMPLUS_CORE_HDF5_H5_WRITE_H

#include "core/hdf5/h5_file.h"

typedef struct H5Writer H5Writer;
/* Creates PATH.tmp.PID for a file of a kind: "checkpoint", "bank", ... Errors are
 * ERROR_RUNTIME. After the first failure the other calls do nothing and commit reports it. */
int h5_create(const char *path, const char *kind, H5Writer **out, Error *err);
int h5_put(H5Writer *w, const char *name, enum H5Type type, int ndim, const int64_t *shape,
           const void *data, Error *err);
int h5_put_text(H5Writer *w, const char *name, const char *text, Error *err);
/* Completes the file: flush, fsync, rename, fsync of the folder. Frees w in every case. */
int h5_commit(H5Writer *w, Error *err);
void h5_abandon(H5Writer *w); /* removes the temporary file; accepts NULL */

#endif
