/* SPDX-License-Identifier: Apache-2.0 */
/* Writing zip archives of stored entries, with zip64 fields only where 32 bits do not
 * suffice. */
#include "core/array.h"
#include "core/formats/zip.h"

#include "core/formats/zlib.h"
#include "core/io/file_writer.h"
#include "core/mem.h"

#include <string.h>

enum { ALIGN = 64, HEADER_MAX = 46, NAME_MAX_BYTES = 1024, DATE = 33 /* 1 January 1980 */ };

struct ZipWriter {
    FileWriter *file;
    int64_t count, room;
    ZipEntry *entry;
};

/* A record under construction. */
typedef struct Bits {
    uint8_t byte[HEADER_MAX + 64];
    size_t len;
} Bits;

static void add(Bits *b, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) b->byte[b->len++] = (uint8_t)(x >> 8 * i);
}

/* Appends a number in 32 bits, or all ones if a zip64 field holds it. */
static uint64_t narrow(uint64_t x) { return x < UINT32_MAX ? x : UINT32_MAX; }

static int put(ZipWriter *w, const void *data, uint64_t bytes)
{
    return file_writer_put(w->file, data, bytes);
}

int zip_create(const char *path, ZipWriter **out, Error *err)
{
    FileWriter *file;
    *out = NULL;
    if (file_writer_new(path, &file, err) != 0) return -1;
    ZipWriter *w = *out = mem_calloc(1, sizeof *w);
    w->file = file;
    return 0;
}

/* Appends the fields that a local header and a directory record share. */
static void add_common(Bits *b, const ZipEntry *e, size_t extra)
{
    add(b, e->size < UINT32_MAX && e->header < UINT32_MAX ? 20 : 45, 2); /* version needed */
    add(b, 0, 2);                                                        /* flags */
    add(b, 0, 2);                                                        /* stored */
    add(b, 0, 2), add(b, DATE, 2);                                       /* time, date */
    add(b, e->crc, 4);
    add(b, narrow(e->size), 4), add(b, narrow(e->size), 4);
    add(b, strlen(e->name), 2);
    add(b, extra, 2);
}

/* Writes a local header with an extra field that aligns the data: padding under an id that
 * readers skip, as in PyTorch. */
static int put_header(ZipWriter *w, const ZipEntry *e)
{
    static const uint8_t zeros[ALIGN + 4];
    const size_t wide = e->size < UINT32_MAX ? 0 : 20;
    const uint64_t before = file_writer_at(w->file) + 30 + strlen(e->name) + wide + 4;
    const size_t padding = (size_t)(-before & (ALIGN - 1));
    Bits b = {0}, extra = {0};
    add(&b, 0x04034b50, 4);
    add_common(&b, e, wide + 4 + padding);
    if (wide)
        add(&extra, 1, 2), add(&extra, 16, 2), add(&extra, e->size, 8), add(&extra, e->size, 8);
    add(&extra, 0x4246, 2), add(&extra, padding, 2);
    if (put(w, b.byte, b.len) != 0 || put(w, e->name, strlen(e->name)) != 0) return -1;
    return put(w, extra.byte, extra.len) == 0 ? put(w, zeros, padding) : -1;
}

static ZipEntry *add_entry(ZipWriter *w, const char *name)
{
    w->entry = array_grow(w->entry, sizeof *w->entry, w->count, &w->room);
    ZipEntry *e = &w->entry[w->count++];
    *e = (ZipEntry){.name = mem_strdup(name), .header = file_writer_at(w->file)};
    return e;
}

int zip_put(ZipWriter *w, const char *name, const void *data, uint64_t bytes, Error *err)
{
    CHECK(*name && strlen(name) <= NAME_MAX_BYTES, "a name of %zu bytes", strlen(name));
    ZipEntry *e = add_entry(w, name);
    e->size = bytes;
    e->crc = zlib_crc32(0, data, bytes);
    put_header(w, e);
    put(w, data, bytes);
    return file_writer_status(w->file, err);
}

static int put_record(ZipWriter *w, const ZipEntry *e)
{
    const bool wide_size = e->size >= UINT32_MAX, wide_at = e->header >= UINT32_MAX;
    const size_t fields = (wide_size ? 16u : 0u) + (wide_at ? 8u : 0u);
    Bits b = {0}, extra = {0};
    add(&b, 0x02014b50, 4);
    add(&b, 45, 2); /* version made by */
    add_common(&b, e, fields ? fields + 4 : 0);
    add(&b, 0, 2), add(&b, 0, 2), add(&b, 0, 2), add(&b, 0, 4); /* comment, disk, attributes */
    add(&b, narrow(e->header), 4);
    if (fields) add(&extra, 1, 2), add(&extra, fields, 2);
    if (wide_size) add(&extra, e->size, 8), add(&extra, e->size, 8);
    if (wide_at) add(&extra, e->header, 8);
    if (put(w, b.byte, b.len) != 0 || put(w, e->name, strlen(e->name)) != 0) return -1;
    return put(w, extra.byte, extra.len);
}

static int put_end64(ZipWriter *w, uint64_t directory, uint64_t bytes)
{
    const uint64_t here = file_writer_at(w->file), n = (uint64_t)w->count;
    Bits b = {0};
    add(&b, 0x06064b50, 4), add(&b, 44, 8), add(&b, 45, 2), add(&b, 45, 2);
    add(&b, 0, 4), add(&b, 0, 4), add(&b, n, 8), add(&b, n, 8);
    add(&b, bytes, 8), add(&b, directory, 8);
    add(&b, 0x07064b50, 4), add(&b, 0, 4), add(&b, here, 8), add(&b, 1, 4);
    return put(w, b.byte, b.len);
}

static int put_directory(ZipWriter *w)
{
    const uint64_t from = file_writer_at(w->file);
    for (int64_t i = 0; i < w->count; i++)
        if (put_record(w, &w->entry[i]) != 0) return -1;
    const uint64_t bytes = file_writer_at(w->file) - from, n = (uint64_t)w->count;
    const bool wide = n >= UINT16_MAX || bytes >= UINT32_MAX || from >= UINT32_MAX;
    if (wide && put_end64(w, from, bytes) != 0) return -1;
    Bits b = {0};
    const uint64_t entries = n < UINT16_MAX ? n : UINT16_MAX;
    add(&b, 0x06054b50, 4), add(&b, 0, 2), add(&b, 0, 2);
    add(&b, entries, 2), add(&b, entries, 2);
    add(&b, narrow(bytes), 4), add(&b, narrow(from), 4), add(&b, 0, 2);
    return put(w, b.byte, b.len);
}

static void writer_free(ZipWriter *w)
{
    for (int64_t i = 0; i < w->count; i++) mem_free(w->entry[i].name);
    mem_free(w->entry);
    mem_free(w);
}

int zip_commit(ZipWriter *w, Error *err)
{
    put_directory(w);
    const int status = file_writer_commit(w->file, err);
    writer_free(w);
    return status;
}

void zip_abandon(ZipWriter *w)
{
    if (!w) return;
    file_writer_abandon(w->file);
    writer_free(w);
}
