/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ramplus's own HDF5 files: the numbers are read directly at the offsets that the
 * catalog gives, and every checksum is compared. */
#include "core/hdf5/h5_file.h"

#include "core/hash.h"
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_catalog.h"
#include "core/hdf5/h5_companion.h"
#include "core/io/content.h"
#include "core/io/file_open.h"
#include "core/io/link.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every entry is the first member of an item. */
_Static_assert(offsetof(H5Item, entry) == 0, "item_of");
static const H5Item *item_of(const H5Entry *e) { return (const H5Item *)(const void *)e; }

static int read_alone(H5File *f, Error *err)
{
    Error why = {0};
    f->fd = file_open_regular(f->path, NULL, &why);
    if (f->fd < 0) return error_move_as(err, &why, ERROR_CHECKPOINT);
    if (checksum_block_check(f->fd, f->path, &f->size, err) != 0) return -1;
    return h5_catalog_read(f, err);
}

int h5_open_alone(const char *path, H5File **out, Error *err)
{
    char *followed = link_follow(path);
    H5File *f = h5_file_new(followed);
    mem_free(followed);
    const int status = read_alone(f, err);
    *out = status == 0 ? f : NULL;
    if (status != 0) h5_close(f);
    return status;
}

int h5_open(const char *path, H5File **out, Error *err)
{
    if (h5_open_alone(path, out, err) != 0) return -1;
    if (h5_add_companion(*out, err) == 0) return 0;
    h5_close(*out);
    *out = NULL;
    return -1;
}

void h5_close(H5File *f)
{
    if (!f) return;
    if (f->fd >= 0) close(f->fd);
    for (int64_t i = 0; i < f->count; i++) mem_free(f->item[i].entry.name);
    h5_close(f->companion);
    mem_free(f->item);
    mem_free(f->path);
    mem_free(f);
}

const char *h5_kind(const H5File *f) { return f->kind; }
int64_t h5_count(const H5File *f) { return f->count; }

const H5Entry *h5_entry(const H5File *f, int64_t i)
{
    CHECK(i >= 0 && i < f->count, "entry %ld of %ld", i, f->count);
    return &f->item[i].entry;
}

const H5Entry *h5_find(const H5File *f, const char *name)
{
    if (f->count == 0) return NULL;
    return bsearch(&name, f->item, (size_t)f->count, sizeof *f->item, strings_compare);
}

static int check_hash(const H5Item *item, const uint8_t *hash, Error *err)
{
    if (memcmp(hash, item->hash, HASH_BYTES) == 0) return 0;
    return h5_refuse(item->home, item->entry.name, "checksum: does not match", err);
}

const uint8_t *h5_checksum(const H5Entry *e) { return item_of(e)->hash; }

int h5_read(H5File *f, const H5Entry *e, void *out, Error *err)
{
    const H5Item *item = item_of(e);
    uint8_t hash[HASH_BYTES];
    (void)f; /* the item knows its file and offset */
    if (checksum_block_read(item->home->fd, item->home->path, item->at, out, h5_bytes(item),
                            err) != 0)
        return -1;
    hash_of(out, h5_bytes(item), hash);
    return check_hash(item, hash, err);
}

int h5_map(const H5Entry *e, FileMap **out, Error *err)
{
    const H5Item *item = item_of(e);
    *out = NULL;
    if (item->at % h5_types[e->type].bytes != 0) return 0;
    return file_map_open(item->home->fd, item->home->path, item->at, h5_bytes(item), item->hash,
                         out, err);
}

int h5_read_part(const H5Entry *e, int64_t first, int64_t n, void *out, Error *err)
{
    const H5Item *item = item_of(e);
    const uint64_t bytes = h5_types[e->type].bytes;
    CHECK(first >= 0 && n >= 0 && first <= e->len - n, "%ld + %ld of %ld", first, n, e->len);
    return checksum_block_read(item->home->fd, item->home->path,
                               item->at + (uint64_t)first * bytes, out, (uint64_t)n * bytes,
                               err);
}

/* Reads the halves into the end of out and converts them from the first on, which overwrites
 * only those that are done. */
static int read_halves(H5File *f, const H5Entry *e, float *out, Error *err)
{
    const char *from = (const char *)out + (size_t)e->len * sizeof(uint16_t);
    if (h5_read(f, e, (char *)out + (size_t)e->len * sizeof(uint16_t), err) != 0) return -1;
    for (int64_t i = 0; i < e->len; i++) {
        uint16_t half;
        memcpy(&half, from + (size_t)i * sizeof half, sizeof half);
        out[i] = bf16_number(half);
    }
    return 0;
}

int h5_read_f32(H5File *f, const H5Entry *e, float *out, Error *err)
{
    if (e->type == H5_F32) return h5_read(f, e, out, err);
    if (e->type == H5_BF16) return read_halves(f, e, out, err);
    return h5_refuse(f, e->name, "not float32", err);
}

int h5_read_text(H5File *f, const char *name, char **out, Error *err)
{
    const H5Entry *e = h5_find(f, name);
    if (!e) return h5_refuse(f, name, "missing", err);
    if (!item_of(e)->text) return h5_refuse(f, name, "not a text", err);
    *out = mem_alloc((size_t)e->len + 1);
    (*out)[e->len] = 0;
    int status = h5_read(f, e, *out, err);
    if (status == 0 && strlen(*out) < (size_t)e->len)
        status = h5_refuse(f, name, "not a text: NUL byte", err);
    if (status == 0) return 0;
    mem_free(*out);
    *out = NULL;
    return -1;
}

static int verify_item(const H5Item *item, Error *err)
{
    uint8_t hash[HASH_BYTES];
    if (checksum_block_hash(item->home->fd, item->home->path, item->at, h5_bytes(item), hash,
                            err) != 0)
        return -1;
    return check_hash(item, hash, err);
}

int h5_verify(H5File *f, Error *err)
{
    for (int64_t i = 0; i < f->count; i++)
        if (verify_item(&f->item[i], err) != 0) return -1;
    return 0;
}

void h5_stored_content(const H5File *f, char out[static HASH_HEX])
{
    Content *all = content_new();
    for (int64_t i = 0; i < f->count; i++) {
        const H5Entry *e = &f->item[i].entry;
        if (strncmp(e->name, "info/", 5) == 0) continue;
        content_add(all, e->name, h5_types[e->type].name, e->ndim, e->shape, f->item[i].hash);
    }
    content_end(all, out);
}

int h5_content(H5File *f, char out[static 33], Error *err)
{
    h5_stored_content(f, out);
    return h5_verify(f, err);
}
