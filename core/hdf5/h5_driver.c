/* SPDX-License-Identifier: Apache-2.0 */
/* A file driver of HDF5 that hides errors from it. */
#include "core/hdf5/h5_driver.h"

#include "core/mem.h"

#include <errno.h>
#include <hdf5.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(hid_t) == sizeof(int64_t), "identifiers pass as int64_t");

typedef struct Driver {
    H5FD_t shared; /* HDF5's members */
    H5Sink *sink;
    haddr_t eoa, eof; /* end of the allocated space, end of the file */
} Driver;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max)
{
    Driver *d = mem_calloc(1, sizeof *d);
    (void)name, (void)flags, (void)max;
    d->sink = *(H5Sink *const *)H5Pget_driver_info(access);
    const off_t end = lseek(d->sink->fd, 0, SEEK_END); /* of a new file: 0 */
    if (end < 0) d->sink->error = errno;
    d->eof = end < 0 ? 0 : (haddr_t)end;
    return &d->shared;
}

static herr_t driver_close(H5FD_t *file)
{
    mem_free(file);
    return 0;
}

/* Returns the flags of the default driver, so that the default driver can read the file. */
static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
             H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const Driver *)file)->eoa;
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t at)
{
    (void)type;
    ((Driver *)file)->eoa = at;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const Driver *)file)->eof;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t list, haddr_t at, size_t bytes,
                          void *out)
{
    H5Sink *sink = ((Driver *)file)->sink;
    size_t got = 0;
    (void)type, (void)list;
    while (got < bytes && !sink->error) {
        ssize_t n = pread(sink->fd, (char *)out + got, bytes - got, (off_t)(at + got));
        if (n < 0 && errno != EINTR) sink->error = errno;
        if (n == 0) break;
        if (n > 0) got += (size_t)n;
    }
    memset((char *)out + got, 0, bytes - got); /* not written yet */
    return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t list, haddr_t at, size_t bytes,
                           const void *data)
{
    Driver *d = (Driver *)file;
    (void)type, (void)list;
    for (size_t done = 0; done < bytes && !d->sink->error;) {
        size_t want = bytes - done < (1u << 30) ? bytes - done : 1u << 30;
        ssize_t n = pwrite(d->sink->fd, (const char *)data + done, want, (off_t)(at + done));
        if (n < 0 && errno != EINTR) d->sink->error = errno;
        if (n > 0) done += (size_t)n;
    }
    if (at + bytes > d->eof) d->eof = at + bytes;
    return 0;
}

static herr_t driver_truncate(H5FD_t *file, hid_t list, hbool_t closing)
{
    Driver *d = (Driver *)file;
    (void)list, (void)closing;
    if (!d->sink->error && ftruncate(d->sink->fd, (off_t)d->eoa) != 0) d->sink->error = errno;
    d->eof = d->eoa;
    return 0;
}

static const H5FD_class_t driver = {
    .name = "ramplus",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(H5Sink *),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* The upper half of a float32 number. Other programs convert it by this description. */
static hid_t bfloat16(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 7, 8, 0, 7); /* sign, exponent, mantissa */
    H5Tset_precision(type, 16);
    H5Tset_size(type, 2);
    return type;
}

int64_t h5_stored_type(enum H5Type type)
{
    const hid_t known[] = {[H5_F32] = H5T_IEEE_F32LE,
                           [H5_F64] = H5T_IEEE_F64LE,
                           [H5_I64] = H5T_STD_I64LE,
                           [H5_U8] = H5T_STD_U8LE};
    return type == H5_BF16 ? bfloat16() : H5Tcopy(known[type]);
}

int64_t h5_driver_new(void) { return H5FDregister(&driver); }

void h5_driver_use(int64_t access, int64_t id, H5Sink *sink)
{
    H5Pset_driver(access, id, &sink);
}

void h5_driver_free(int64_t id)
{
    if (id >= 0) H5FDunregister(id);
}
