/* SPDX-License-Identifier: Apache-2.0 */
/* Writing ramplus's own HDF5 files. Arrays are contiguous and unfiltered; texts are HDF5
 * strings, which other tools display. No times are stored, so equal contents give equal
 * bytes. */
#include "core/hdf5/h5_write.h"

#include "core/hash.h"
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_catalog.h"
#include "core/hdf5/h5_driver.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Large arrays begin at cache lines, also in memory that maps the file. */
enum { LARGE = 1024, ALIGNMENT = 64 };
_Static_assert(CHECKSUM_BLOCK_BYTES % ALIGNMENT == 0, "HDF5 counts from the end of the block");

struct H5Writer {
    char *path, *temp;
    H5File *list; /* the catalog so far */
    H5Sink sink;
    hid_t driver, file, link, group, dataset; /* link, group, dataset: creation properties */
    Error failed;                             /* the first failure */
};

static int fail(H5Writer *w, Error *err, const char *what, const char *why)
{
    error_set(&w->failed, ERROR_RUNTIME, "%s: %.200s: %s", w->path, what, why);
    return error_move(err, &w->failed);
}

/* Checks the result `good` of an HDF5 call for the part `what`, and the errors of the sink. */
static int check_written(H5Writer *w, bool good, const char *what, Error *err)
{
    if (w->sink.error) return fail(w, err, what, strerror(w->sink.error));
    return good ? 0 : fail(w, err, what, "HDF5 cannot write it");
}

/* Writes an array of bytes of fixed size as an attribute. */
static bool put_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                          const void *value)
{
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = a >= 0 && H5Awrite(a, type, value) >= 0;
    if (a >= 0) H5Aclose(a);
    return good;
}

static bool put_kind(H5Writer *w, const char *kind)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    CHECK(strlen(kind) < H5_KIND, "kind %s", kind);
    strcpy(w->list->kind, kind);
    H5Tset_size(type, H5_KIND);
    bool good = put_attribute(w->file, "kind", type, space, w->list->kind);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static hid_t create_file(H5Writer *w)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
    h5_driver_use(access, w->driver, &w->sink);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_userblock(create, CHECKSUM_BLOCK_BYTES);
    H5Pset_alignment(access, LARGE, ALIGNMENT);
    H5Pset_obj_track_times(create, false);
    hid_t file = H5Fcreate(w->temp, H5F_ACC_TRUNC, create, access);
    H5Pclose(create);
    H5Pclose(access);
    return file;
}

/* Closes everything and frees w; leaves the files on disk. */
static void close_writer(H5Writer *w)
{
    if (w->file >= 0) H5Fclose(w->file);
    h5_driver_free(w->driver);
    if (w->sink.fd >= 0) close(w->sink.fd);
    H5Pclose(w->link);
    H5Pclose(w->group);
    H5Pclose(w->dataset);
    h5_close(w->list);
    mem_free(w->path);
    mem_free(w->temp);
    mem_free(w);
}

static H5Writer *new_writer(const char *path)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* or HDF5 prints its errors */
    H5Writer *w = mem_calloc(1, sizeof *w);
    w->path = mem_strdup(path);
    w->list = h5_file_new(path);
    w->temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    w->file = -1;
    w->driver = h5_driver_new();
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
    w->sink.fd = file_open_new(w->temp, O_RDWR | O_TRUNC);
    if (w->sink.fd < 0) {
        fail(w, err, "cannot create", strerror(errno));
        close_writer(w);
        *out = NULL;
        return -1;
    }
    w->file = create_file(w);
    check_written(w, w->file >= 0 && put_kind(w, kind), "cannot create", err);
    if (!w->failed.code) return 0;
    h5_abandon(w);
    *out = NULL;
    return -1;
}

/* Creates the groups of a name with slashes. HDF5 would create them, too, but with a
 * timestamp. */
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

static bool put_hash(hid_t dataset, const uint8_t hash[static HASH_BYTES])
{
    hsize_t len = HASH_BYTES;
    hid_t space = H5Screate_simple(1, &len, NULL);
    bool good = put_attribute(dataset, "xxh3", H5T_STD_U8LE, space, hash);
    H5Sclose(space);
    return good;
}

/* Writes the data of the item and its checksum, which a text's NUL does not enter. */
static bool put_data(H5Item *item, hid_t dataset, hid_t type, const void *data)
{
    hash_of(data, h5_bytes(item), item->hash);
    if (H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) return false;
    if (h5_bytes(item)) item->at = H5Dget_offset(dataset);
    return put_hash(dataset, item->hash);
}

/* Writes a dataset and adds the item to the catalog. */
static int put_dataset(H5Writer *w, const char *name, H5Item *item, hid_t type, hid_t space,
                       const void *data, Error *err)
{
    if (error_move(err, &w->failed) != 0) return -1;
    if (!h5_name_valid(name)) return fail(w, err, name, "cannot be a name in an HDF5 file");
    if (H5Lexists(w->file, name, H5P_DEFAULT) > 0) return fail(w, err, name, "duplicate name");
    if (!make_groups(w, name)) return check_written(w, false, name, err);
    hid_t d = H5Dcreate2(w->file, name, type, space, w->link, w->dataset, H5P_DEFAULT);
    bool good = d >= 0 && put_data(item, d, type, data);
    if (d >= 0) H5Dclose(d);
    h5_add(w->list, name, item);
    return check_written(w, good, name, err);
}

int h5_put(H5Writer *w, const char *name, enum H5Type type, int ndim, const int64_t *shape,
           const void *data, Error *err)
{
    hsize_t axes[H5_AXES];
    H5Item item = {.entry = {.type = type, .ndim = ndim, .len = 1}};
    CHECK(ndim >= 0 && ndim <= H5_AXES, "%s: %d axes", name, ndim);
    for (int i = 0; i < ndim; i++) {
        CHECK(shape[i] >= 0, "%s: axis of %ld", name, shape[i]);
        axes[i] = (hsize_t)shape[i];
        item.entry.shape[i] = shape[i];
        item.entry.len *= shape[i];
    }
    hid_t space = ndim ? H5Screate_simple(ndim, axes, NULL) : H5Screate(H5S_SCALAR);
    hid_t stored = h5_stored_type(type);
    int status = put_dataset(w, name, &item, stored, space, data, err);
    H5Tclose(stored);
    H5Sclose(space);
    return status;
}

int h5_put_text(H5Writer *w, const char *name, const char *text, Error *err)
{
    const int64_t len = (int64_t)strlen(text);
    H5Item item = {.text = true,
                   .entry = {.type = H5_U8, .ndim = 1, .shape = {len}, .len = len}};
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_size(type, (size_t)len + 1);
    int status = put_dataset(w, name, &item, type, space, text, err);
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
    if (error_move(err, &w->failed) != 0) return -1;
    bool good = H5Fclose(w->file) >= 0;
    w->file = -1;
    if (check_written(w, good, "cannot finish", err) != 0) return -1;
    h5_sort(w->list);
    if (h5_catalog_append(w->list, w->sink.fd, err) != 0) return -1;
    if (checksum_block_write(w->sink.fd, w->path, err) != 0) return -1;
    return file_commit(w->temp, w->path, err);
}

int h5_commit(H5Writer *w, Error *err)
{
    int status = finish(w, err);
    if (status != 0) unlink(w->temp);
    close_writer(w);
    return status;
}
