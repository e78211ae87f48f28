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

typedef struct Zlib {
    Out out;
    uint32_t low, high; /* Adler-32 */
} Zlib;

/* A stored block: a row behind its filter byte 0. */
static void put_row(Zlib *z, const uint8_t *row, size_t len, bool last)
{
    const uint16_t n = (uint16_t)(len + 1), not_n = (uint16_t)~n;
    put(&z->out,
        (uint8_t[]){last, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)not_n, (uint8_t)(not_n >> 8),
                    0},
        6);
    put(&z->out, row, len);
    z->high = (z->high + z->low) % 65521;
    for (size_t i = 0; i < len; i++) {
        z->low = (z->low + row[i]) % 65521;
        z->high = (z->high + z->low) % 65521;
    }
}

/* The rows of the seven reduced images. */
static void put_passes(Zlib *z, const PngBuild *b)
{
    static const uint8_t left[] = {0, 4, 0, 2, 0, 1, 0}, right[] = {8, 8, 4, 4, 2, 2, 1};
    static const uint8_t top[] = {0, 0, 4, 0, 2, 0, 1}, down[] = {8, 8, 8, 4, 4, 2, 2};
    const size_t bytes = b->row_len / b->width;
    for (int pass = 0; pass < 7; pass++)
        for (uint32_t y = top[pass]; y < b->height; y += down[pass]) {
            Out row = {0};
            for (uint32_t x = left[pass]; x < b->width; x += right[pass])
                put(&row, b->rows + y * b->row_len + x * bytes, bytes);
            if (row.len) put_row(z, row.data, row.len, pass == 6 && y + 2 >= b->height);
            free(row.data);
        }
}

static void pixels(Out *o, const PngBuild *b)
{
    Zlib z = {.low = 1};
    put(&z.out, "\x78\x01", 2);
    const uint32_t rows = b->stored_rows ? b->stored_rows : b->height;
    if (b->interlaced)
        put_passes(&z, b);
    else
        for (uint32_t y = 0; y < rows; y++)
            put_row(&z, b->rows + y * b->row_len, b->row_len, y + 1 == rows);
    put32(&z.out, z.high << 16 | z.low);
    chunk(o, "IDAT", z.out.data, z.out.len);
    free(z.out.data);
}

uint8_t *png_build(const PngBuild *b, size_t *len)
{
    Out o = {0}, head = {0};
    put(&o, "\x89PNG\r\n\x1a\n", 8);
    put32(&head, b->width);
    put32(&head, b->height);
    put(&head, (uint8_t[]){(uint8_t)b->depth, (uint8_t)b->color, 0, 0, b->interlaced}, 5);
    chunk(&o, "IHDR", head.data, head.len);
    free(head.data);
    if (b->palette_len) chunk(&o, "PLTE", b->palette, b->palette_len);
    if (b->transparent_len) chunk(&o, "tRNS", b->transparent, b->transparent_len);
    if (b->rows) pixels(&o, b);
    chunk(&o, "IEND", NULL, 0);
    *len = o.len;
    return o.data;
}
