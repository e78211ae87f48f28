/* SPDX-License-Identifier: Apache-2.0 */
/* A companion: an HDF5 file that contains a part of the entries of another file, so that data
 * shared by many files is written once. A file names one companion, its content hash and the
 * folder in which it was written; h5_open presents the entries of both as those of one file. To
 * copy the file to another machine, copy the companion along. */
#ifndef RAMPLUS_CORE_HDF5_H5_COMPANION_H
#define RAMPLUS_CORE_HDF5_H5_COMPANION_H

#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"

/* Names the companion: a file name, its folder ("": the current one), and the h5_content of
 * that file. ERROR_RUNTIME on failure. */
int h5_put_companion(H5Writer *w, const char *name, const char *folder, const char *content,
                     Error *err);

/* For h5_open. If the file names a companion, opens it in the folder of the file itself (not of
 * a link to it), else in the folder above that, else where it was written, and adds the entries
 * that the file lacks. ERROR_CHECKPOINT if the companion is missing, corrupt or has another
 * content hash. */
int h5_add_companion(H5File *f, Error *err);

/* The path of the companion of an open file; NULL: none. */
const char *h5_companion_path(const H5File *f);

#endif
