/* SPDX-License-Identifier: Apache-2.0 */
/* HDF5 stores the catalog of a file: names, types, shapes, offsets and checksums. The checksum
 * block (core/hdf5/checksum_block.h) is compared before HDF5 opens the file, so its parser
 * never reads corrupt data. The numbers are read directly at their offsets, so HDF5 closes the
 * file once the catalog is known. */
#include "core/hdf5/h5_catalog.h"

#include "core/array.h"
#include "core/hdf5/checksum_block.h"
#include "core/mem.h"

#include <hdf5.h>
#include <string.h>

const H5Number h5_types[] = {
    [H5_F32] = {"f32", 4}, [H5_F64] = {"f64", 8}, [H5_I64] = {"i64", 8}, [H5_U8] = {"u8", 1}};

int64_t h5_stored_type(enum H5Type type)
{
    const hid_t known[] = {[H5_F32] = H5T_IEEE_F32LE,
                           [H5_F64] = H5T_IEEE_F64LE,
                           [H5_I64] = H5T_STD_I64LE,
                           [H5_U8] = H5T_STD_U8LE};
    return known[type];
}

int h5_refuse(const H5File *f, const char *name, const char *why, Error *err)
{
    return error_set(err, ERROR_CHECKPOINT, "%s: %.200s: %s", f->path, name, why);
}

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
    for (int i = H5_F32; !known && i <= H5_U8; i++) {
        known = H5Tequal(type, h5_stored_type((enum H5Type)i)) > 0;
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

/* Reads the offset of the data, which must be contiguous, unfiltered and inside this file. */
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
    return item->at >= CHECKSUM_BLOCK_BYTES && item->at < f->size &&
           bytes <= f->size - item->at;
}

static const char *read_item(const H5File *f, H5Item *item, hid_t dataset)
{
    if (!get_type(item, dataset)) return "number type: unknown";
    if (!get_shape(item, dataset)) return "shape: not written by ramplus";
    if (!get_place(f, item, dataset)) return "storage: not written by ramplus";
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
    f->item = array_grow(f->item, sizeof *f->item, f->count, &f->room);
    H5Item *item = &f->item[f->count++];
    *item = (H5Item){.entry.name = mem_strdup(name)};
    const char *why = read_item(f, item, dataset);
    H5Dclose(dataset);
    return why ? h5_refuse(f, name, why, v->err) : 0;
}

int h5_read_catalog(H5File *f, Error *err)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* or HDF5 prints its errors */
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true); /* nothing writes to a finished file */
    hid_t file = H5Fopen(f->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (file < 0) return error_set(err, ERROR_CHECKPOINT, "%s: HDF5 cannot open it", f->path);
    Visit v = {f, err};
    int status = get_kind(f, file) ? 0 : h5_refuse(f, "kind", "missing", err);
    if (status == 0 && H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &v) < 0)
        status = h5_refuse(f, "catalog", "HDF5 cannot read it", err);
    H5Fclose(file);
    return status;
}
