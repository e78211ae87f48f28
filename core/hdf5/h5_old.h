/* SPDX-License-Identifier: Apache-2.0 */
/* Files of version 0.1.0, which have no catalog of their own: HDF5 finds their entries, in a
 * child process (core/io/confined.h), because its parser was not made for hostile files. */
#ifndef RAMPLUS_CORE_HDF5_H5_OLD_H
#define RAMPLUS_CORE_HDF5_H5_OLD_H

#include "core/hdf5/h5_catalog.h"

/* Fills kind and items of the open file. */
int h5_old_read(H5File *f, Error *err);

/* What the child does: encodes the catalog that HDF5 reads. It bounds nothing, and must not run
 * in this process for a file that is not known. */
int h5_old_parse(H5File *f, Text *out, Error *err);

#endif
