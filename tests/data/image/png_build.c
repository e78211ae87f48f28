/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/data/image/png_build.h"

#include <stdlib.h>
#include <string.h>

typedef struct Out {
    uint8_t *data;
    size_t len;
} Out;

static void put(Out *o, const void *data, size_t n)
{
    o->data = realloc(o->data, o->len + n + 1);
    if (!o->data) abort();
    if (n) memcpy(o->data + o->len, data, n);
    o->len += n;
}

static void put32(Out *o, uint32_t v)
{
    put(o, (uint8_t[]){(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v},
        4);
}

static uint32_t crc(const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    }
    return ~c;
}

static void chunk(Out *o, const char *name, const uint8_t *data, size_t n)
{
    put32(o, (uint32_t)n);
    const size_t start = o->len;
    put(o, name, 4);
    put(o, data, n);
    put32(o, crc(o->data + start, n + 4));
}

/* A zlib stream of stored blocks, one per row. */
static void pixels(Out *o, const PngBuild *b)
{
    Out z = {0};
    uint32_t low = 1, high = 0; /* Adler-32 */
    put(&z, "\x78\x01", 2);
    const uint32_t rows = b->stored_rows ? b->stored_rows : b->height;
    for (uint32_t y = 0; y < rows; y++) {
        const uint16_t n = (uint16_t)(b->row_len + 1), not_n = (uint16_t)~n;
        const uint8_t *row = b->rows + y * b->row_len;
        put(&z,
            (uint8_t[]){y + 1 == rows, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)not_n,
                        (uint8_t)(not_n >> 8), 0},
            6);
        put(&z, row, b->row_len);
        high = (high + low) % 65521;
        for (size_t i = 0; i < b->row_len; i++) {
            low = (low + row[i]) % 65521;
            high = (high + low) % 65521;
        }
    }
    put32(&z, high << 16 | low);
    chunk(o, "IDAT", z.data, z.len);
    free(z.data);
}

uint8_t *png_build(const PngBuild *b, size_t *len)
{
    Out o = {0}, head = {0};
    put(&o, "\x89PNG\r\n\x1a\n", 8);
    put32(&head, b->width);
    put32(&head, b->height);
    put(&head, (uint8_t[]){(uint8_t)b->depth, (uint8_t)b->color, 0, 0, 0}, 5);
    chunk(&o, "IHDR", head.data, head.len);
    free(head.data);
    if (b->palette_len) chunk(&o, "PLTE", b->palette, b->palette_len);
    if (b->transparent_len) chunk(&o, "tRNS", b->transparent, b->transparent_len);
    if (b->rows) pixels(&o, b);
    chunk(&o, "IEND", NULL, 0);
    *len = o.len;
    return o.data;
}
