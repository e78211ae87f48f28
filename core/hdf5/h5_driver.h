/* SPDX-License-Identifier: Apache-2.0 */
/* A file driver through which HDF5 reads and writes a file that is already open. HDF5 1.10
 * crashes at exit if a file could not be closed, for example on a full disk. This driver never
 * reports a failure to HDF5: it stores the first error, and its user reports that. */
#ifndef RAMPLUS_CORE_HDF5_H5_DRIVER_H
#define RAMPLUS_CORE_HDF5_H5_DRIVER_H

#include "core/hdf5/h5_file.h"

#include <stdint.h>

typedef struct H5Sink {
    int fd;    /* open for what HDF5 does with the file; the caller closes it */
    int error; /* errno of the first failure; 0: none */
} H5Sink;

/* Identifiers are HDF5's hid_t. */
int64_t h5_driver_new(void); /* registers the driver; negative on failure */
/* Makes files that are opened with this access list use the sink, which is borrowed until they
 * are closed. */
void h5_driver_use(int64_t access, int64_t driver, H5Sink *sink);
void h5_driver_free(int64_t driver); /* accepts a negative one */

/* HDF5's identifier of the type as stored; the caller closes it with H5Tclose. */
int64_t h5_stored_type(enum H5Type type);

#endif
