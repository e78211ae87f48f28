/* Our own HDF5 files. HDF5 keeps the catalogue: names, types, shapes, places and checksums. The
 * seal (core/formats/seal.h) is checked before HDF5 sees a file, so its parser never meets damage, and the
 * numbers are read straight from their places, so the file is closed again once the catalogue is
 * known. Arrays are contiguous and unfiltered; texts are strings for other tools to show. No times
 * are stored: equal contents give equal bytes. */
#define _XOPEN_SOURCE 700
#include "core/formats/h5.h"

#include "core/file.h"
#include "core/formats/h5_catalogue.h"
#include "core/formats/seal.h"
#include "core/hash.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* HDF5 prints its errors unless told not to, for the whole thread. */
static void silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

static hid_t file_type(enum H5Type type)
{
    const hid_t known[] = {[H5_F32] = H5T_IEEE_F32LE,
                           [H5_F64] = H5T_IEEE_F64LE,
                           [H5_I64] = H5T_STD_I64LE,
                           [H5_U8] = H5T_STD_U8LE};
    return known[type];
}

/* ---- where HDF5 writes to ------------------------------------------------------------------
 * HDF5 1.10 crashes at exit when a file could not be closed, as on a full disk. So it writes through
 * this driver, which never fails: it notes the first error for h5_put and h5_commit to report. */

typedef struct Sink {
    int fd;
    int error; /* the first errno; 0: none */
} Sink;

typedef struct Driver {
    H5FD_t shared; /* HDF5's part */
    Sink *sink;
    haddr_t eoa, eof; /* end of the space given out, of the file */
} Driver;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    Driver *d = mem_calloc(1, sizeof *d);
    (void)name, (void)flags, (void)most;
    d->sink = *(Sink *const *)H5Pget_driver_info(access);
    return &d->shared;
}

static herr_t driver_close(H5FD_t *file)
{
    mem_free(file);
    return 0;
}

/* What the ordinary driver says of itself, so that it can read the file. */
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
    ssize_t n = pread(((Driver *)file)->sink->fd, out, bytes, (off_t)at);
    size_t got = n < 0 ? 0 : (size_t)n;
    (void)type, (void)list;
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
    .fapl_size = sizeof(Sink *),
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

/* ---- writing ------------------------------------------------------------------------------ */

struct H5Writer {
    char *path, *temp;
    Sink sink;
    hid_t driver, file, link, group, dataset; /* the last three: how they are made */
    Error failed;                             /* the first failure */
};

static int fail(H5Writer *w, Error *err, const char *what, const char *why)
{
    error_set(&w->failed, EXIT_RUNTIME, "%s: %.200s: %s", w->path, what, why);
    return error_set(err, w->failed.code, "%s", w->failed.text);
}

/* After a call of HDF5 for the part `what`: its failure, or the disk's. */
static int check_written(H5Writer *w, bool good, const char *what, Error *err)
{
    if (w->sink.error) return fail(w, err, what, strerror(w->sink.error));
    return good ? 0 : fail(w, err, what, "HDF5 cannot write it");
}

/* A fixed array of bytes as an attribute. */
static bool put_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                          const void *value)
{
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = a >= 0 && H5Awrite(a, type, value) >= 0;
    if (a >= 0) H5Aclose(a);
    return good;
}

static bool put_kind(hid_t file, const char *kind)
{
    char text[H5_KIND] = "";
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    CHECK(strlen(kind) < H5_KIND, "kind %s", kind);
    strcpy(text, kind);
    H5Tset_size(type, H5_KIND);
    bool good = put_attribute(file, "kind", type, space, text);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static hid_t create_file(H5Writer *w)
{
    Sink *sink = &w->sink;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_driver(access, w->driver, &sink);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_userblock(create, SEAL_BYTES);
    H5Pset_obj_track_times(create, false);
    hid_t file = H5Fcreate(w->temp, H5F_ACC_TRUNC, create, access);
    H5Pclose(create);
    H5Pclose(access);
    return file;
}

/* Closes what is open; the files on disk stay. */
static void close_writer(H5Writer *w)
{
    if (w->file >= 0) H5Fclose(w->file);
    if (w->driver >= 0) H5FDunregister(w->driver);
    if (w->sink.fd >= 0) close(w->sink.fd);
    H5Pclose(w->link);
    H5Pclose(w->group);
    H5Pclose(w->dataset);
    mem_free(w->path);
    mem_free(w->temp);
    mem_free(w);
}

static H5Writer *new_writer(const char *path)
{
    silence();
    H5Writer *w = mem_calloc(1, sizeof *w);
    w->path = mem_strdup(path);
    w->temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    w->file = -1;
    w->driver = H5FDregister(&driver);
    w->link = H5Pcreate(H5P_LINK_CREATE);
    w->group = H5Pcreate(H5P_GROUP_CREATE);
    w->dataset = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_char_encoding(w->link, H5T_CSET_UTF8);
    H5Pset_obj_track_times(w->group, false);
    H5Pset_obj_track_times(w->dataset, false);
    return w;
}

int h5_create(const char *path, const char *kind, H5Writer **out, Error *err)
{
    H5Writer *w = *out = new_writer(path);
    w->sink.fd = open(w->temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->sink.fd < 0) {
        fail(w, err, "cannot create", strerror(errno));
        close_writer(w);
        *out = NULL;
        return -1;
    }
    w->file = create_file(w);
    check_written(w, w->file >= 0 && put_kind(w->file, kind), "cannot create", err);
    if (!w->failed.code) return 0;
    h5_abandon(w);
    *out = NULL;
    return -1;
}

/* HDF5 would read "a//b" and "./a" as other names than they are. */
static bool is_storable(const char *name)
{
    for (const char *p = name;; p++) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && *p == '.')) return false;
        p += n;
        if (!*p) return true;
    }
}

/* The groups of a name with slashes. HDF5 would make them by itself, but with the time in them. */
static bool make_groups(const H5Writer *w, const char *name)
{
    char *path = mem_strdup(name);
    bool good = true;
    for (char *p = strchr(path, '/'); good && p; p = strchr(p + 1, '/')) {
        *p = 0;
        if (H5Lexists(w->file, path, H5P_DEFAULT) <= 0) {
            hid_t g = H5Gcreate2(w->file, path, w->link, w->group, H5P_DEFAULT);
            good = g >= 0 && H5Gclose(g) >= 0;
        }
        *p = '/';
    }
    mem_free(path);
    return good;
}

static bool put_hash(hid_t dataset, const void *data, size_t bytes)
{
    uint8_t hash[HASH_BYTES];
    hsize_t len = HASH_BYTES;
    hid_t space = H5Screate_simple(1, &len, NULL);
    hash_of(data, bytes, hash);
    bool good = put_attribute(dataset, "xxh3", H5T_STD_U8LE, space, hash);
    H5Sclose(space);
    return good;
}

/* Writes data of `type` in the file, and a checksum of its first `bytes` bytes. */
static int put_dataset(H5Writer *w, const char *name, hid_t type, hid_t space, const void *data,
                       size_t bytes, Error *err)
{
    if (w->failed.code) return error_set(err, w->failed.code, "%s", w->failed.text);
    if (!is_storable(name)) return fail(w, err, name, "cannot be a name in an HDF5 file");
    if (H5Lexists(w->file, name, H5P_DEFAULT) > 0) return fail(w, err, name, "twice");
    if (!make_groups(w, name)) return check_written(w, false, name, err);
    hid_t d = H5Dcreate2(w->file, name, type, space, w->link, w->dataset, H5P_DEFAULT);
    bool good = d >= 0 && H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0 &&
                put_hash(d, data, bytes);
    if (d >= 0) H5Dclose(d);
    return check_written(w, good, name, err);
}

int h5_put(H5Writer *w, const char *name, enum H5Type type, int ndim, const int64_t *shape,
           const void *data, Error *err)
{
    hsize_t axes[H5_AXES];
    size_t bytes = h5_types[type].bytes;
    CHECK(ndim >= 0 && ndim <= H5_AXES, "%s: %d axes", name, ndim);
    for (int i = 0; i < ndim; i++) {
        CHECK(shape[i] >= 0, "%s: axis of %" PRId64, name, shape[i]);
        axes[i] = (hsize_t)shape[i];
        bytes *= (size_t)shape[i];
    }
    hid_t space = ndim ? H5Screate_simple(ndim, axes, NULL) : H5Screate(H5S_SCALAR);
    int status = put_dataset(w, name, file_type(type), space, data, bytes, err);
    H5Sclose(space);
    return status;
}

int h5_put_text(H5Writer *w, const char *name, const char *text, Error *err)
{
    size_t len = strlen(text);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_size(type, len + 1);
    int status = put_dataset(w, name, type, space, text, len, err);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

void h5_abandon(H5Writer *w)
{
    if (!w) return;
    unlink(w->temp);
    close_writer(w);
}

static int finish(H5Writer *w, Error *err)
{
    if (w->failed.code) return error_set(err, w->failed.code, "%s", w->failed.text);
    bool good = H5Fclose(w->file) >= 0;
    w->file = -1;
    if (check_written(w, good, "cannot finish", err) != 0) return -1;
    if (seal_write(w->sink.fd, w->path, err) != 0) return -1;
    return file_commit(w->temp, w->path, err);
}

int h5_commit(H5Writer *w, Error *err)
{
    int status = finish(w, err);
    if (status != 0) unlink(w->temp);
    close_writer(w);
    return status;
}

/* ---- reading the catalogue ---------------------------------------------------------------- */

typedef struct Visit {
    H5File *file;
    Error *err;
} Visit;

static bool get_attribute(hid_t object, const char *name, hid_t type, void *out, size_t bytes)
{
    if (H5Aexists(object, name) <= 0) return false;
    hid_t a = H5Aopen(object, name, H5P_DEFAULT);
    bool good = a >= 0 && H5Aget_storage_size(a) == bytes && H5Aread(a, type, out) >= 0;
    if (a >= 0) H5Aclose(a);
    return good;
}

static bool get_kind(H5File *f, hid_t file)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5_KIND);
    bool good = get_attribute(file, "kind", type, f->kind, H5_KIND);
    H5Tclose(type);
    return good && memchr(f->kind, 0, H5_KIND);
}

/* Type of the elements; a text counts as bytes, without its NUL. */
static bool get_type(H5Item *item, hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    bool known = false;
    item->text = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0;
    item->entry.type = H5_U8;
    if (item->text) {
        known = H5Tget_size(type) >= 1;
        item->entry.ndim = 1;
        item->entry.shape[0] = (int64_t)H5Tget_size(type) - 1;
    }
    for (int i = H5_F32; !known && i <= H5_U8; i++) {
        known = H5Tequal(type, file_type((enum H5Type)i)) > 0;
        item->entry.type = (enum H5Type)i;
    }
    H5Tclose(type);
    return known;
}

static bool get_shape(H5Item *item, hid_t dataset)
{
    hsize_t axes[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    H5Entry *e = &item->entry;
    int ndim = H5Sget_simple_extent_dims(space, axes, NULL);
    bool good = ndim >= 0 && ndim <= H5_AXES && H5Sget_simple_extent_type(space) != H5S_NULL &&
                !(item->text && ndim);
    H5Sclose(space);
    if (!item->text) e->ndim = ndim;
    e->len = 1;
    for (int i = 0; good && i < e->ndim; i++) {
        if (!item->text) e->shape[i] = (int64_t)axes[i];
        good = e->shape[i] >= 0 && !__builtin_mul_overflow(e->len, e->shape[i], &e->len);
    }
    return good;
}

/* Plain contiguous storage inside this file. */
static bool get_place(const H5File *f, H5Item *item, hid_t dataset)
{
    hid_t how = H5Dget_create_plist(dataset);
    bool plain = H5Pget_layout(how) == H5D_CONTIGUOUS && H5Pget_nfilters(how) == 0 &&
                 H5Pget_external_count(how) == 0;
    H5Pclose(how);
    haddr_t at = H5Dget_offset(dataset);
    item->at = at == HADDR_UNDEF ? 0 : at;
    uint64_t bytes;
    if (!plain || __builtin_mul_overflow((uint64_t)item->entry.len,
                                         h5_types[item->entry.type].bytes, &bytes))
        return false;
    if (bytes == 0) return true;
    return item->at >= SEAL_BYTES && item->at < f->size && bytes <= f->size - item->at;
}

static const char *read_item(const H5File *f, H5Item *item, hid_t dataset)
{
    if (!get_type(item, dataset)) return "type of number: unknown";
    if (!get_shape(item, dataset)) return "shape: not one of ours";
    if (!get_place(f, item, dataset)) return "storage: not one of ours";
    if (!get_attribute(dataset, "xxh3", H5T_STD_U8LE, item->hash, HASH_BYTES))
        return "checksum: missing";
    return NULL;
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    Visit *v = context;
    H5File *f = v->file;
    if (info->type == H5O_TYPE_GROUP) return 0;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0) return h5_refuse(f, name, "neither a group nor an array", v->err);
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 256;
        f->item = mem_realloc(f->item, (size_t)f->room * sizeof *f->item);
    }
    H5Item *item = &f->item[f->count++];
    *item = (H5Item){.entry.name = mem_strdup(name)};
    const char *why = read_item(f, item, dataset);
    H5Dclose(dataset);
    return why ? h5_refuse(f, name, why, v->err) : 0;
}

int h5_read_catalogue(H5File *f, Error *err)
{
    silence();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true); /* nothing writes to a finished file */
    hid_t file = H5Fopen(f->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0) return error_set(err, EXIT_CHECKPOINT, "%s: HDF5 cannot open it", f->path);
    Visit v = {f, err};
    int status = get_kind(f, file) ? 0 : h5_refuse(f, "kind", "missing", err);
    if (status == 0 && H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &v) < 0)
        status = h5_refuse(f, "catalogue", "HDF5 cannot read it", err);
    H5Fclose(file);
    return status;
}
