/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog in memory, and as bytes at the end of a file. */
#include "core/hdf5/h5_catalog.h"

#include "core/array.h"
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_old.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const H5Number h5_types[] = {[H5_F32] = {"f32", 4},
                             [H5_F64] = {"f64", 8},
                             [H5_I64] = {"i64", 8},
                             [H5_U8] = {"u8", 1},
                             [H5_BF16] = {"bf16", 2}};

enum { TEXT = H5_U8 + 1 }; /* a type of the catalog alone */

typedef struct Header {
    uint64_t count;
    char kind[H5_KIND];
} Header;

/* Behind each record: its axes, then its name and 1 to 8 NULs, up to a multiple of 8 bytes. */
typedef struct Record {
    uint64_t at, bytes;
    uint8_t hash[HASH_BYTES];
    uint8_t type, ndim;
    uint16_t name; /* bytes */
    uint32_t zero;
} Record;

typedef struct Trailer {
    uint64_t bytes; /* of the catalog before it */
    char mark[8];
} Trailer;

_Static_assert(sizeof(Header) == 40 && sizeof(Record) == 40 && sizeof(Trailer) == 16, "packed");

/* The digit is the version. Version 2 has numbers in bfloat16; without any, version 1 is
 * written, which older programs read, too. */
static const char mark[8] = "RAMPCAT1";
enum { NEWEST = '2' };

static size_t name_room(size_t len) { return (len / 8 + 1) * 8; }

int h5_refuse(const H5File *f, const char *name, const char *why, Error *err)
{
    return error_set(err, ERROR_CHECKPOINT, "%s: %.200s: %s", f->path, name, why);
}

H5File *h5_file_new(const char *path)
{
    H5File *f = mem_calloc(1, sizeof *f);
    f->path = mem_strdup(path);
    f->fd = -1;
    return f;
}

void h5_add(H5File *f, const char *name, const H5Item *item)
{
    f->item = array_grow(f->item, sizeof *f->item, f->count, &f->room);
    f->item[f->count] = *item;
    f->item[f->count].home = f;
    f->item[f->count++].entry.name = mem_strdup(name);
}

/* Every entry is the first member of an item, and its name the first member of the entry. */
_Static_assert(offsetof(H5Item, entry.name) == 0, "strings_compare");

void h5_sort(H5File *f)
{
    if (f->count) qsort(f->item, (size_t)f->count, sizeof *f->item, strings_compare);
}

uint64_t h5_bytes(const H5Item *item)
{
    return (uint64_t)item->entry.len * h5_types[item->entry.type].bytes;
}

bool h5_name_valid(const char *name)
{
    if (strlen(name) > H5_NAME || !utf8_valid(name)) return false;
    for (const char *p = name;; p++) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && *p == '.')) return false;
        p += n;
        if (!*p) return true;
    }
}

static void encode_item(const H5Item *item, Text *out)
{
    const H5Entry *e = &item->entry;
    const char zeros[8] = {0};
    const size_t len = strlen(e->name);
    Record r = {.at = item->at,
                .bytes = h5_bytes(item),
                .type = item->text ? TEXT : (uint8_t)e->type,
                .ndim = (uint8_t)e->ndim,
                .name = (uint16_t)len};
    memcpy(r.hash, item->hash, HASH_BYTES);
    text_put_bytes(out, (const char *)&r, sizeof r);
    text_put_bytes(out, (const char *)e->shape, (size_t)e->ndim * sizeof *e->shape);
    text_put_bytes(out, e->name, len);
    text_put_bytes(out, zeros, name_room(len) - len);
}

void h5_catalog_encode(const H5File *f, Text *out)
{
    Header h = {.count = (uint64_t)f->count};
    memcpy(h.kind, f->kind, H5_KIND);
    text_put_bytes(out, (const char *)&h, sizeof h);
    for (int64_t i = 0; i < f->count; i++) encode_item(&f->item[i], out);
}

typedef struct Reader {
    const char *at;
    size_t left;
} Reader;

static bool take(Reader *r, void *out, size_t n)
{
    if (n > r->left) return false;
    memcpy(out, r->at, n);
    r->at += n;
    r->left -= n;
    return true;
}

/* Whether the n bytes are a text and only NULs, at least one, behind it. */
static bool is_padded(const char *bytes, size_t n)
{
    if (bytes[n - 1]) return false;
    for (size_t i = strlen(bytes); i < n; i++)
        if (bytes[i]) return false;
    return true;
}

/* Computes the number of elements. False if it cannot be, also for an array with an axis of 0
 * whose other axes are absurd, or takes another number of bytes. */
static bool measure(H5Item *item, uint64_t bytes)
{
    H5Entry *e = &item->entry;
    int64_t most = (int64_t)h5_types[e->type].bytes;
    e->len = 1;
    for (int i = 0; i < e->ndim; i++) {
        const int64_t axis = e->shape[i];
        if (axis < 0 || (axis && __builtin_mul_overflow(most, axis, &most))) return false;
        e->len = axis && e->len ? e->len * axis : 0;
    }
    return h5_bytes(item) == bytes && !(item->text && e->ndim != 1);
}

static bool is_inside(const H5Item *item, uint64_t end)
{
    const uint64_t bytes = h5_bytes(item);
    if (bytes == 0) return item->at == 0;
    return item->at >= CHECKSUM_BLOCK_BYTES && item->at <= end && bytes <= end - item->at;
}

/* The first fault of a record and its axes; NULL: none. */
static const char *take_item(Reader *r, H5Item *item, size_t *name, uint64_t end)
{
    Record head;
    if (!take(r, &head, sizeof head)) return "truncated";
    if (head.type > H5_BF16) return "unknown type";
    if (head.zero || head.ndim > H5_AXES || head.name > H5_NAME)
        return "not written by ramplus";
    item->text = head.type == TEXT;
    item->entry.type = item->text ? H5_U8 : (enum H5Type)head.type;
    item->entry.ndim = head.ndim;
    item->at = head.at;
    memcpy(item->hash, head.hash, HASH_BYTES);
    *name = head.name;
    if (!take(r, item->entry.shape, head.ndim * sizeof *item->entry.shape)) return "truncated";
    if (!measure(item, head.bytes)) return "shape: does not fit the number of bytes";
    return is_inside(item, end) ? NULL : "data: outside of the file";
}

static const char *decode_item(H5File *f, Reader *r, uint64_t end)
{
    H5Item item = {0};
    char name[H5_NAME + 8];
    size_t len;
    const char *fault = take_item(r, &item, &len, end);
    if (fault) return fault;
    if (!take(r, name, name_room(len))) return "truncated";
    if (!is_padded(name, name_room(len)) || strlen(name) != len || !h5_name_valid(name))
        return "not a name";
    if (f->count && strcmp(f->item[f->count - 1].entry.name, name) >= 0)
        return "a name twice, or not in order";
    h5_add(f, name, &item);
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const H5Item *x = *(const H5Item *const *)a, *y = *(const H5Item *const *)b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Entries on the same bytes would let a small file take the time of a large one. */
static int check_disjoint(const H5File *f, Error *err)
{
    const H5Item **item = mem_alloc((size_t)f->count * sizeof(*item));
    uint64_t end = 0;
    int status = 0;
    for (int64_t i = 0; i < f->count; i++) item[i] = &f->item[i];
    if (f->count) qsort(item, (size_t)f->count, sizeof(*item), by_place);
    for (int64_t i = 0; status == 0 && i < f->count; i++) {
        if (item[i]->at < end && h5_bytes(item[i]))
            status = h5_refuse(f, item[i]->entry.name, "data: part of another array", err);
        end = item[i]->at + h5_bytes(item[i]);
    }
    mem_free(item);
    return status;
}

int h5_catalog_decode(H5File *f, const char *bytes, size_t len, uint64_t end, Error *err)
{
    Reader r = {bytes, len};
    Header h;
    if (!take(&r, &h, sizeof h)) return h5_refuse(f, "catalog", "truncated", err);
    if (!is_padded(h.kind, H5_KIND)) return h5_refuse(f, "catalog", "kind: not a text", err);
    memcpy(f->kind, h.kind, H5_KIND);
    for (uint64_t i = 0; i < h.count; i++) { /* ends with the bytes */
        const char *fault = decode_item(f, &r, end);
        if (fault)
            return error_set(err, ERROR_CHECKPOINT, "%s: catalog: entry %lu: %s", f->path,
                             i + 1, fault);
    }
    if (r.left) return h5_refuse(f, "catalog", "bytes behind its last entry", err);
    return check_disjoint(f, err);
}

static char version_of(const H5File *f)
{
    for (int64_t i = 0; i < f->count; i++)
        if (f->item[i].entry.type == H5_BF16) return '2';
    return '1';
}

int h5_catalog_append(const H5File *f, int fd, Error *err)
{
    Text out = {0};
    h5_catalog_encode(f, &out);
    Trailer t = {.bytes = out.len};
    memcpy(t.mark, mark, sizeof mark);
    t.mark[7] = version_of(f);
    text_put_bytes(&out, (const char *)&t, sizeof t);
    int status = 0;
    if (t.bytes > H5_CATALOG_BYTES)
        status = error_set(err, ERROR_RUNTIME, "%s: too many entries for one file", f->path);
    else if (lseek(fd, 0, SEEK_END) < 0 || file_write_all(fd, out.data, out.len) != 0)
        status = error_set(err, ERROR_RUNTIME, "%s: cannot write the catalog: %s", f->path,
                           strerror(errno));
    text_free(&out);
    return status;
}

static int read_trailer(H5File *f, Trailer *t, Error *err)
{
    if (f->size < CHECKSUM_BLOCK_BYTES + sizeof *t) return 0;
    if (checksum_block_read(f->fd, f->path, f->size - sizeof *t, t, sizeof *t, err) != 0)
        return -1;
    if (memcmp(t->mark, mark, sizeof mark - 1) != 0) {
        *t = (Trailer){0};
        return 0;
    }
    if (t->mark[7] < mark[7] || t->mark[7] > NEWEST)
        return h5_refuse(f, "catalog", "of a later version of ramplus: update this one", err);
    const uint64_t most = f->size - CHECKSUM_BLOCK_BYTES - sizeof *t;
    if (t->bytes == 0 || t->bytes > most || t->bytes > H5_CATALOG_BYTES)
        return h5_refuse(f, "catalog", "its length does not fit the file", err);
    return 0;
}

int h5_catalog_read(H5File *f, Error *err)
{
    Trailer t = {0};
    if (read_trailer(f, &t, err) != 0) return -1;
    if (t.bytes == 0) return h5_old_read(f, err);
    const uint64_t at = f->size - sizeof t - t.bytes;
    char *bytes = mem_alloc(t.bytes);
    int status = checksum_block_read(f->fd, f->path, at, bytes, t.bytes, err);
    if (status == 0) status = h5_catalog_decode(f, bytes, t.bytes, at, err);
    mem_free(bytes);
    return status;
}
