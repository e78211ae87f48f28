/* SPDX-License-Identifier: Apache-2.0 */
/* Where HDF5 writes to. HDF5 1.10 crashes at exit when a file could not be closed, as on a full disk. So it
 * writes through this driver, which never fails: it notes the first error for its user to report. */
#ifndef RAMPLUS_CORE_FORMATS_H5_DRIVER_H
#define RAMPLUS_CORE_FORMATS_H5_DRIVER_H

#include <stdint.h>

typedef struct H5Sink {
    int fd;    /* open for reading and writing; the caller closes it */
    int error; /* the first errno; 0: none */
} H5Sink;

/* Identifiers are HDF5's hid_t. */
int64_t h5_driver_new(void); /* registers the driver; negative when HDF5 cannot */
/* Lets files that are opened with the access list write to the sink, borrowed until they are closed. */
void h5_driver_use(int64_t access, int64_t driver, H5Sink *sink);
void h5_driver_free(int64_t driver); /* accepts a negative one */

#endif
