/* SPDX-License-Identifier: Apache-2.0 */
/* Files for the tests of core/hdf5, in a scratch folder. All functions check that they
 * succeed. */
#ifndef RAMPLUS_TESTS_CORE_HDF5_H5_MAKE_H
#define RAMPLUS_TESTS_CORE_HDF5_H5_MAKE_H

#include "core/hdf5/h5_file.h"
#include "core/io/file.h"

/* Writes a file with random names, types, shapes and numbers, texts and empty entries. */
void h5_random(const char *path, uint64_t seed);
void h5_reseal(const char *path); /* writes a fitting checksum block over its first 512 bytes */
/* Turns it into a file of version 0.1.0: without the catalog. */
void h5_without_catalog(const char *path);
Bytes h5_catalog_of(const char *path); /* without its trailer; bytes_free */

H5File *h5_good(const char *path); /* opens it; h5_close */
void h5_content_of(const char *path, char out[static 33]);
void h5_refused(const char *path, const char *message); /* with ERROR_CHECKPOINT */

#endif
