/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums and gzip by zlib. Decompression is from memory to memory; consecutive members form
 * one file, as for gunzip. */
#include "core/formats/zlib.h"

#include "core/error.h"
#include "core/mem.h"

#include <limits.h>

#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS, FIRST_ROOM = 1 << 16 };

uint32_t zlib_crc32(uint32_t before, const void *data, size_t len)
{
    return (uint32_t)crc32_z(before, len ? data : (const void *)"", len);
}

static bool is_gzip(const Bytes *b)
{
    return b->len >= 2 && b->data[0] == 0x1f && b->data[1] == 0x8b;
}

/* Makes room after the output so far: at most one byte more than allowed, to detect larger
 * contents. */
static void give_room(z_stream *z, Bytes *out, size_t *room, size_t max)
{
    if (z->avail_out > 0) return;
    *room = *room ? 2 * *room : FIRST_ROOM;
    if (*room > max + 1) *room = max + 1;
    out->data = mem_realloc(out->data, *room + 1);
    z->next_out = out->data + out->len;
    z->avail_out = (uInt)(*room - out->len);
}

/* Decompresses everything; returns NULL, or the reason why it failed. */
static const char *unpack(z_stream *z, Bytes *out, size_t max)
{
    size_t room = 0;
    for (;;) {
        give_room(z, out, &room, max);
        const int status = inflate(z, Z_NO_FLUSH);
        out->len = (size_t)(z->next_out - out->data);
        if (out->len > max) return "decompresses to more than allowed";
        if (status == Z_STREAM_END) {
            if (z->avail_in == 0) return NULL;
            if (inflateReset(z) != Z_OK) return "cannot start the next member";
        } else if (status == Z_BUF_ERROR ||
                   (status == Z_OK && z->avail_in == 0 && z->avail_out)) {
            return "the file ends too early";
        } else if (status != Z_OK) {
            return z->msg ? z->msg : "corrupt";
        }
    }
}

static int unpack_file(const char *path, const Bytes *file, size_t max, Bytes *out, Error *err)
{
    z_stream z = {.next_in = file->data, .avail_in = (uInt)file->len};
    if (file->len > UINT_MAX || max >= UINT_MAX)
        return error_set(err, ERROR_DATA, "%s: gzip: larger than 4 GiB", path);
    CHECK(inflateInit2(&z, GZIP_ONLY) == Z_OK, "%s: zlib", path);
    const char *why = unpack(&z, out, max);
    if (why)
        error_set(err, ERROR_DATA, "%s: gzip: offset %zu: %s", path, file->len - z.avail_in,
                  why);
    inflateEnd(&z);
    if (why) return -1;
    out->data[out->len] = 0;
    return 0;
}

int zlib_read_gzip(const char *path, size_t max, Bytes *out, Error *err)
{
    Bytes file;
    *out = (Bytes){0};
    if (file_read(path, &file, err) != 0) return -1;
    if (is_gzip(&file)) {
        const int status = unpack_file(path, &file, max, out, err);
        bytes_free(&file);
        if (status != 0) bytes_free(out);
        return status;
    }
    *out = file;
    if (file.len <= max) return 0;
    bytes_free(out);
    return error_set(err, ERROR_DATA, "%s: larger than %zu bytes", path, max);
}
