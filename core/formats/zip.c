/* SPDX-License-Identifier: Apache-2.0 */
/* Reading zip archives of stored entries. Layout (PKWARE's APPNOTE): entries, each with a local
 * header and its data; the central directory with one record per entry; a zip64 end record and
 * its locator if 32 bits do not suffice; the end record, with a comment up to the end of the
 * file. */
#include "core/formats/zip.h"

#include "core/formats/zlib.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    END_BYTES = 22,
    COMMENT_MAX = 65535,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    RECORD_BYTES = 46, /* of a directory record, before the name */
    HEADER_BYTES = 30, /* of a local header, before the name */
    NAME_MAX_BYTES = 1024,
    DEFLATED = 8,             /* a compression method */
    DIRECTORY_MAX = 64 << 20, /* about half a million entries */
    BLOCK = 1 << 20,
};

struct ZipFile {
    char *path;
    int fd;
    uint64_t size;           /* of the file */
    uint64_t directory, end; /* offsets of the directory's start and end */
    uint64_t claimed;        /* number of entries according to the end record */
    int64_t count;
    ZipEntry *entry;   /* by header */
    ZipEntry **sorted; /* by name */
};

static uint64_t number(const uint8_t *p, int bytes)
{
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++) x |= (uint64_t)p[i] << 8 * i;
    return x;
}

static bool signature(const uint8_t *p, const char *two)
{
    return p[0] == 'P' && p[1] == 'K' && memcmp(p + 2, two, 2) == 0;
}

static int read_at(const ZipFile *z, uint64_t at, void *out, uint64_t bytes, Error *err)
{
    return file_read_at(z->fd, z->path, at, out, bytes, ERROR_DATA, err);
}

static int refuse(const ZipFile *z, uint64_t at, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: byte %lu: %s", z->path, at, why);
}

/* ---- the end of the file ------------------------------------------------------------- */

/* Checks the fields of an end record in the 16-bit or the zip64 form. */
typedef struct End {
    uint64_t disk, directory_disk, here, all, bytes, at;
} End;

/* Offset of the last end record whose comment ends with the file; -1 if none is found. */
static int64_t find_end(const uint8_t *tail, uint64_t len)
{
    for (int64_t i = (int64_t)len - END_BYTES; i >= 0; i--)
        if (signature(tail + i, "\5\6") &&
            number(tail + i + 20, 2) == len - (uint64_t)i - END_BYTES)
            return i;
    return -1;
}

static int take_end(ZipFile *z, const End *e, uint64_t limit, Error *err)
{
    if (e->disk != 0 || e->directory_disk != 0 || e->here != e->all)
        return refuse(z, limit, err, "a multi-part archive");
    if (e->bytes > DIRECTORY_MAX)
        return error_set(err, ERROR_DATA, "%s: byte %lu: directory of %lu bytes: at most %d",
                         z->path, limit, e->bytes, DIRECTORY_MAX);
    if (e->at > limit || e->bytes != limit - e->at)
        return error_set(
            err, ERROR_DATA,
            "%s: byte %lu: directory of %lu bytes from byte %lu: does not end here", z->path,
            limit, e->bytes, e->at);
    if (e->all > e->bytes / RECORD_BYTES)
        return error_set(err, ERROR_DATA,
                         "%s: byte %lu: %lu entries in a directory of %lu bytes", z->path,
                         limit, e->all, e->bytes);
    z->directory = e->at;
    z->end = limit;
    z->claimed = e->all;
    return 0;
}

static int read_end64(ZipFile *z, const uint8_t *locator, uint64_t limit, Error *err)
{
    uint8_t b[END64_BYTES];
    const uint64_t at = number(locator + 8, 8);
    if (number(locator + 4, 4) != 0 || number(locator + 16, 4) > 1)
        return refuse(z, limit, err, "a multi-part archive");
    if (at > limit || limit - at < END64_BYTES)
        return refuse(z, limit, err, "zip64 end record: lies outside the file");
    if (read_at(z, at, b, sizeof b, err) != 0) return -1;
    if (!signature(b, "\6\6") || number(b + 4, 8) != limit - at - 12)
        return refuse(z, at, err, "zip64 end record: wrong signature or length");
    const End e = {number(b + 16, 4), number(b + 20, 4), number(b + 24, 8),
                   number(b + 32, 8), number(b + 40, 8), number(b + 48, 8)};
    return take_end(z, &e, at, err);
}

static int read_end(ZipFile *z, Error *err)
{
    const uint64_t max = END_BYTES + COMMENT_MAX + LOCATOR_BYTES;
    const uint64_t len = z->size < max ? z->size : max;
    uint8_t *tail = mem_alloc(len);
    int status = read_at(z, z->size - len, tail, len, err);
    const int64_t i = status == 0 ? find_end(tail, len) : -1;
    if (status != 0) goto done;
    if (i < 0) {
        status = refuse(z, z->size, err,
                        "no end record of a zip archive: truncated, or not written by PyTorch");
        goto done;
    }
    const uint8_t *p = tail + i;
    const uint64_t at = z->size - len + (uint64_t)i;
    const End e = {number(p + 4, 2),  number(p + 6, 2),  number(p + 8, 2),
                   number(p + 10, 2), number(p + 12, 4), number(p + 16, 4)};
    if (i >= LOCATOR_BYTES && signature(p - LOCATOR_BYTES, "\6\7"))
        status = read_end64(z, p - LOCATOR_BYTES, at - LOCATOR_BYTES, err);
    else
        status = take_end(z, &e, at, err);
done:
    mem_free(tail);
    return status;
}

/* ---- the directory ------------------------------------------------------------------- */

static int bad_entry(const ZipFile *z, const char *name, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: entry '%.200s': %s", z->path, name, why);
}

/* Reads sizes and offset that do not fit 32 bits from an extra field, which has them in this
 * order, each only if needed. */
static int read_extra64(const ZipFile *z, ZipEntry *e, uint64_t *packed, const uint8_t *extra,
                        uint64_t len, Error *err)
{
    uint64_t *wide[3] = {&e->size, packed, &e->header};
    while (len >= 4) {
        const uint64_t id = number(extra, 2), n = number(extra + 2, 2);
        if (n > len - 4) break;
        for (uint64_t k = 0, used = 0; id == 1 && k < 3; k++) {
            if (*wide[k] != UINT32_MAX) continue;
            if (n - used < 8) return bad_entry(z, e->name, err, "zip64 field: too short");
            *wide[k] = number(extra + 4 + used, 8);
            used += 8;
        }
        if (id == 1) return 0;
        extra += 4 + n;
        len -= 4 + n;
    }
    return 0;
}

static bool is_program(const char *name)
{
    const char *rest = strchr(name, '/');
    return rest && strncmp(rest, "/code/", 6) == 0;
}

/* Checks that the data are stored, or compressed in the case of a program. */
static int take_method(const ZipFile *z, ZipEntry *e, const uint8_t *p, uint64_t packed,
                       Error *err)
{
    const uint64_t method = number(p + 10, 2);
    if (number(p + 8, 2) & 0x2041) return bad_entry(z, e->name, err, "encrypted");
    e->packed = method == DEFLATED && is_program(e->name);
    if (e->packed) e->size = packed;
    if (method != 0 && !e->packed)
        return error_set(err, ERROR_DATA, "%s: entry '%.200s': compressed (method %lu)",
                         z->path, e->name, method);
    if (packed != e->size)
        return error_set(err, ERROR_DATA,
                         "%s: entry '%.200s': stored in %lu bytes, expected %lu", z->path,
                         e->name, packed, e->size);
    return number(p + 34, 2) ? bad_entry(z, e->name, err, "in another part of the archive") : 0;
}

/* Reads one record of the directory, of which `len` bytes are left; *used receives its
 * length. */
static int read_record(ZipFile *z, const uint8_t *p, uint64_t len, uint64_t *used, Error *err)
{
    const uint64_t place = z->end - len;
    if (len < RECORD_BYTES || !signature(p, "\1\2"))
        return refuse(z, place, err, "directory: no entry here");
    const uint64_t name = number(p + 28, 2), extra = number(p + 30, 2);
    *used = RECORD_BYTES + name + extra + number(p + 32, 2);
    if (*used > len) return refuse(z, place, err, "directory: an entry extends past its end");
    if (name == 0 || name > NAME_MAX_BYTES || memchr(p + RECORD_BYTES, 0, name))
        return refuse(z, place, err,
                      "directory: an entry's name is empty, too long or has a NUL byte");
    ZipEntry *e = &z->entry[z->count++];
    *e = (ZipEntry){.crc = (uint32_t)number(p + 16, 4),
                    .size = number(p + 24, 4),
                    .header = number(p + 42, 4),
                    .name = mem_format("%.*s", (int)name, (const char *)p + RECORD_BYTES)};
    uint64_t packed = number(p + 20, 4);
    if (read_extra64(z, e, &packed, p + RECORD_BYTES + name, extra, err) != 0) return -1;
    return take_method(z, e, p, packed, err);
}

static int read_records(ZipFile *z, const uint8_t *p, Error *err)
{
    uint64_t len = z->end - z->directory, used = 0;
    for (uint64_t i = 0; i < z->claimed; i++, p += used, len -= used)
        if (read_record(z, p, len, &used, err) != 0) return -1;
    return len ? refuse(z, z->end - len, err, "directory: bytes left after the last entry") : 0;
}

static int read_directory(ZipFile *z, Error *err)
{
    const uint64_t len = z->end - z->directory;
    uint8_t *bytes = mem_alloc(len);
    z->entry = mem_calloc(z->claimed + 1, sizeof *z->entry);
    int status = read_at(z, z->directory, bytes, len, err);
    if (status == 0) status = read_records(z, bytes, err);
    mem_free(bytes);
    return status;
}

/* ---- the entries --------------------------------------------------------------------- */

/* Reads the local header of an entry, which gives the offset of the data and must name the same
 * entry. */
static int find_data(const ZipFile *z, ZipEntry *e, Error *err)
{
    uint8_t b[HEADER_BYTES + NAME_MAX_BYTES];
    const uint64_t name = strlen(e->name), want = HEADER_BYTES + name;
    if (e->header > z->directory || z->directory - e->header < want)
        return bad_entry(z, e->name, err, "its header lies outside the file");
    if (read_at(z, e->header, b, want, err) != 0) return -1;
    if (!signature(b, "\3\4") || number(b + 26, 2) != name ||
        memcmp(b + HEADER_BYTES, e->name, name) != 0)
        return bad_entry(z, e->name, err, "its header is not where the directory says");
    if (number(b + 8, 2) != (e->packed ? DEFLATED : 0))
        return bad_entry(z, e->name, err,
                         e->packed ? "not compressed by its own header"
                                   : "compressed by its own header");
    const uint64_t left = z->directory - e->header - want, extra = number(b + 28, 2);
    if (extra > left || e->size > left - extra)
        return error_set(err, ERROR_DATA,
                         "%s: entry '%.200s': %lu bytes: extend past the end of the data",
                         z->path, e->name, e->size);
    e->at = e->header + want + extra;
    return 0;
}

static int by_header(const void *a, const void *b)
{
    const ZipEntry *x = a, *y = b;
    return (x->header > y->header) - (x->header < y->header);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(ZipEntry *const *)a)->name, (*(ZipEntry *const *)b)->name);
}

static int has_name(const void *name, const void *entry)
{
    return strcmp(name, (*(ZipEntry *const *)entry)->name);
}

static int check_entries(ZipFile *z, Error *err)
{
    const size_t n = (size_t)z->count;
    z->sorted = mem_calloc(n + 1, sizeof *z->sorted);
    qsort(z->entry, n, sizeof *z->entry, by_header);
    for (size_t i = 0; i < n; i++) {
        ZipEntry *e = z->sorted[i] = &z->entry[i];
        if (find_data(z, e, err) != 0) return -1;
        if (i && e->header < e[-1].at + e[-1].size)
            return bad_entry(z, e->name, err, "overlaps the entry before it");
    }
    qsort(z->sorted, n, sizeof *z->sorted, by_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(z->sorted[i - 1]->name, z->sorted[i]->name) == 0)
            return bad_entry(z, z->sorted[i]->name, err, "duplicate name");
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------- */

static int open_regular(ZipFile *z, Error *err)
{
    int64_t bytes = 0;
    z->fd = file_open_regular(z->path, &bytes, err);
    if (z->fd < 0) return -1;
    z->size = (uint64_t)bytes;
    if (z->size < END_BYTES)
        return error_set(err, ERROR_DATA, "%s: %lu bytes: too short for a zip archive", z->path,
                         z->size);
    return 0;
}

int zip_open(const char *path, ZipFile **out, Error *err)
{
    ZipFile *z = mem_calloc(1, sizeof *z);
    z->path = mem_strdup(path);
    int status = -1;
    if (open_regular(z, err) != 0) goto done;
    if (read_end(z, err) != 0) goto done;
    if (read_directory(z, err) != 0) goto done;
    status = check_entries(z, err);
done:
    *out = status == 0 ? z : NULL;
    if (status != 0) zip_close(z);
    return status;
}

void zip_close(ZipFile *z)
{
    if (!z) return;
    if (z->fd >= 0) close(z->fd);
    for (int64_t i = 0; i < z->count; i++) mem_free(z->entry[i].name);
    mem_free(z->entry);
    mem_free(z->sorted);
    mem_free(z->path);
    mem_free(z);
}

const char *zip_path(const ZipFile *z) { return z->path; }

uint64_t zip_bytes(const ZipFile *z) { return z->size; }

int64_t zip_count(const ZipFile *z) { return z->count; }

const ZipEntry *zip_entry(const ZipFile *z, int64_t i)
{
    CHECK(i >= 0 && i < z->count, "entry %ld of %ld", i, z->count);
    return &z->entry[i];
}

const ZipEntry *zip_find(const ZipFile *z, const char *name)
{
    ZipEntry **found = bsearch(name, z->sorted, (size_t)z->count, sizeof *z->sorted, has_name);
    return found ? *found : NULL;
}

int zip_read(ZipFile *z, const ZipEntry *e, uint64_t from, void *out, uint64_t bytes,
             Error *err)
{
    CHECK(!e->packed, "%s: compressed", e->name);
    CHECK(from <= e->size && bytes <= e->size - from, "%s: bytes %lu + %lu of %lu", e->name,
          from, bytes, e->size);
    return read_at(z, e->at + from, out, bytes, err);
}

int zip_verify(ZipFile *z, const ZipEntry *e, Error *err)
{
    if (e->crc == 0 || e->packed)
        return 0; /* omitted by the writer; a real CRC-32 is 0 once in four billion */
    uint8_t *block = mem_alloc(BLOCK);
    uint32_t crc = 0;
    int status = 0;
    for (uint64_t at = 0; status == 0 && at < e->size; at += BLOCK) {
        const uint64_t n = e->size - at < BLOCK ? e->size - at : BLOCK;
        status = read_at(z, e->at + at, block, n, err);
        if (status == 0) crc = zlib_crc32(crc, block, n);
    }
    mem_free(block);
    if (status == 0 && crc != e->crc)
        status = bad_entry(z, e->name, err, "corrupt: the CRC-32 does not match");
    return status;
}
