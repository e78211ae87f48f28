/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog of a file as HDF5 stores it: groups, data sets and attributes. */
#include "core/hdf5/h5_old.h"

#include "core/hdf5/h5_driver.h"
#include "core/io/confined.h"
#include "core/io/file_open.h"

#include <hdf5.h>
#include <string.h>

enum { GROUPS = 1000, DEPTH = 32 }; /* our files have about ten, on three levels */

typedef struct Visit {
    H5File *file;
    int groups;
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
    return good;
}

static bool is_type(hid_t type, enum H5Type wanted)
{
    hid_t stored = h5_stored_type(wanted);
    const bool same = H5Tequal(type, stored) > 0;
    H5Tclose(stored);
    return same;
}

/* Reads the type of the elements. A text is an array of bytes without its NUL. */
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
    static const enum H5Type numbers[] = {H5_F32, H5_F64, H5_I64, H5_U8, H5_BF16};
    for (size_t i = 0; !known && i < sizeof numbers / sizeof *numbers; i++) {
        known = is_type(type, numbers[i]);
        item->entry.type = numbers[i];
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
        good = !__builtin_mul_overflow(e->len, e->shape[i], &e->len);
    }
    return good;
}

/* Reads the offset of the data, which must be contiguous and unfiltered. */
static bool get_place(H5Item *item, hid_t dataset)
{
    hid_t how = H5Dget_create_plist(dataset);
    bool plain = H5Pget_layout(how) == H5D_CONTIGUOUS && H5Pget_nfilters(how) == 0 &&
                 H5Pget_external_count(how) == 0;
    H5Pclose(how);
    if (h5_bytes(item)) item->at = H5Dget_offset(dataset);
    return plain;
}

static const char *read_item(H5Item *item, hid_t dataset)
{
    if (!get_type(item, dataset)) return "number type: unknown";
    if (!get_shape(item, dataset)) return "shape: not written by ramplus";
    if (!get_place(item, dataset)) return "storage: not written by ramplus";
    if (!get_attribute(dataset, "xxh3", H5T_STD_U8LE, item->hash, HASH_BYTES))
        return "checksum: missing";
    return NULL;
}

/* HDF5's time to walk through nested groups is cubic in their depth. */
static int check_group(Visit *v, const char *name)
{
    int depth = 0;
    for (const char *p = name; (p = strchr(p, '/')); p++) depth++;
    if (depth < DEPTH && v->groups++ < GROUPS) return 0;
    return h5_refuse(v->file, "groups", "more than ramplus writes", v->err);
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    Visit *v = context;
    if (info->type == H5O_TYPE_GROUP) return check_group(v, name);
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0) return h5_refuse(v->file, name, "neither a group nor an array", v->err);
    H5Item item = {0};
    const char *why = read_item(&item, dataset);
    H5Dclose(dataset);
    if (why) return h5_refuse(v->file, name, why, v->err);
    h5_add(v->file, name, &item);
    return 0;
}

static int read_file(H5File *f, hid_t file, Error *err)
{
    Visit v = {f, 0, err};
    if (file < 0) return error_set(err, ERROR_CHECKPOINT, "%s: HDF5 cannot open it", f->path);
    if (!get_kind(f, file)) return h5_refuse(f, "kind", "missing", err);
    if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &v) < 0)
        return h5_refuse(f, "catalog", "HDF5 cannot read it", err);
    return 0;
}

int h5_old_parse(H5File *f, Text *out, Error *err)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* or HDF5 prints its errors */
    H5Sink source = {.fd = f->fd};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), driver = h5_driver_new();
    h5_driver_use(access, driver, &source);
    hid_t file = H5Fopen("/", H5F_ACC_RDONLY, access); /* a name that needs no current folder */
    Error why = {0};
    int status = read_file(f, file, &why);
    if (source.error && file_fault_code(source.error) != ERROR_DATA)
        status = error_set(err, ERROR_RUNTIME, "%s: cannot read: %s", f->path,
                           strerror(source.error));
    error_move(err, &why);
    if (file >= 0) H5Fclose(file);
    H5Pclose(access);
    h5_driver_free(driver);
    h5_sort(f);
    if (status == 0) h5_catalog_encode(f, out);
    return status;
}

/* In the child: answers with NUL and the catalog, or with the text of an error. */
static void answer_catalog(void *file, Text *answer)
{
    Error err = {0};
    text_put_bytes(answer, "", 1);
    if (h5_old_parse(file, answer, &err) == 0) return;
    if (err.code == ERROR_RUNTIME) confined_give_up();
    answer->len = 0;
    text_put(answer, err.text);
}

int h5_old_read(H5File *f, Error *err)
{
    Text answer = {0};
    int status = confined_run(f->fd, answer_catalog, f, H5_CATALOG_BYTES, &answer, err);
    if (status != 0)
        error_prefix(err, "%s", f->path);
    else if (answer.len == 0)
        status = error_set(err, ERROR_CHECKPOINT,
                           "%s: damaged or hostile: HDF5 failed while reading it", f->path);
    else if (*answer.data)
        status = error_set(err, ERROR_CHECKPOINT, "%s", answer.data);
    else
        status = h5_catalog_decode(f, answer.data + 1, answer.len - 1, f->size, err);
    text_free(&answer);
    return status;
}
