/* SPDX-License-Identifier: Apache-2.0 */
/* BMP without compression, 1 to 32 bits per pixel. Alpha is ignored, as in Pillow. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <stdbool.h>
#include <string.h>

enum { FILE_HEADER = 14, OS2_HEADER = 12, INFO_HEADER = 40, RAW = 0, BIT_FIELDS = 3 };

/* The bits of one color in a pixel. */
typedef struct Channel {
    uint32_t mask, max; /* max: with all bits set */
    int shift;
    uint8_t scaled[256]; /* 0..max to 0..255, if max has no more values */
} Channel;

typedef struct Bmp {
    const uint8_t *rows, *palette; /* palette: blue, green, red, and perhaps a fourth byte */
    size_t left, colors, entry;    /* bytes from `rows` on; colors; bytes of one */
    int64_t width, height;
    bool down; /* rows from top to bottom */
    int bits;
    uint32_t compression;
    Channel channel[3]; /* red, green, blue, if bits > 8 */
} Bmp;

static uint32_t read16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static uint32_t read32(const uint8_t *p) { return read16(p) | read16(p + 2) << 16; }

/* p: the header behind its length. */
static void read_sizes(Bmp *b, const uint8_t *p, bool os2)
{
    const int32_t height = os2 ? (int32_t)read16(p + 2) : (int32_t)read32(p + 4);
    b->width = os2 ? (int32_t)read16(p) : (int32_t)read32(p);
    b->down = height < 0;
    b->height = b->down ? -(int64_t)height : height;
    b->bits = (int)read16(p + (os2 ? 6 : 10));
    b->compression = os2 ? RAW : read32(p + 12);
    b->colors = os2 ? 0 : read32(p + 28);
    b->entry = os2 ? 3 : 4;
    if (b->bits <= 8 && (b->colors == 0 || b->colors > 1u << b->bits))
        b->colors = 1u << b->bits;
    if (b->bits > 8) b->colors = 0;
}

static bool known_depth(int bits)
{
    return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
}

static uint8_t scale(uint32_t value, uint32_t max)
{
    return (uint8_t)(max ? (uint64_t)value * 255 / max : 0);
}

static Channel channel_of(uint32_t mask)
{
    Channel c = {.mask = mask};
    while (mask && !(mask >> c.shift & 1)) c.shift++;
    c.max = mask >> c.shift;
    for (uint32_t v = 0; v < 256; v++) c.scaled[v] = scale(v, c.max);
    return c;
}

/* p: the masks of the file. */
static void choose_masks(Bmp *b, const uint8_t *p)
{
    const bool own =
        b->compression == BIT_FIELDS && (read32(p) | read32(p + 4) | read32(p + 8));
    for (int c = 0; c < 3; c++) {
        const uint32_t usual = b->bits == 16 ? 0x7c00u >> 5 * c : 0xff0000u >> 8 * c;
        b->channel[c] = channel_of(own ? read32(p + 4 * c) : usual);
    }
}

static int find_rows(Bmp *b, const uint8_t *bytes, size_t len, Error *err)
{
    if (len < FILE_HEADER + OS2_HEADER || len < FILE_HEADER + read32(bytes + FILE_HEADER))
        return error_set(err, ERROR_DATA, "the file is truncated");
    const size_t first = read32(bytes + 10), header = read32(bytes + FILE_HEADER);
    if (header != OS2_HEADER && (header < INFO_HEADER || header > 124))
        return error_set(err, ERROR_DATA, "unknown header of %zu bytes", header);
    read_sizes(b, bytes + FILE_HEADER + 4, header == OS2_HEADER);
    const bool fields = b->compression == BIT_FIELDS && b->bits >= 16;
    if (!known_depth(b->bits) || (b->compression != RAW && !fields))
        return error_set(err, ERROR_DATA,
                         "%d bits per pixel with compression %u: not supported", b->bits,
                         b->compression);
    const size_t masks = FILE_HEADER + INFO_HEADER, masks_end = masks + 12;
    if (fields && len < masks_end) return error_set(err, ERROR_DATA, "the file is truncated");
    choose_masks(b, bytes + masks);
    size_t at = FILE_HEADER + header;
    if (fields && at < masks_end) at = masks_end;
    const size_t palette = at;
    at += b->colors * b->entry;
    if (first > FILE_HEADER + header) at = first;
    if (at >= len || palette + b->colors * b->entry > len)
        return error_set(err, ERROR_DATA, "the file is truncated");
    b->palette = bytes + palette;
    b->rows = bytes + at;
    b->left = len - at;
    return 0;
}

/* A color of a pixel, in 0..255. */
static uint8_t color(uint32_t pixel, const Channel *c)
{
    const uint32_t value = (pixel & c->mask) >> c->shift;
    return c->max < 256 ? c->scaled[value] : scale(value, c->max);
}

static void unpack(const Bmp *b, const uint8_t *row, uint8_t *rgb)
{
    static const uint8_t black[3] = {0};
    for (int64_t x = 0; x < b->width; x++, rgb += 3) {
        const int64_t bit = x * b->bits;
        if (b->bits <= 8) {
            const size_t i = row[bit / 8] >> (8 - b->bits - bit % 8) & ((1 << b->bits) - 1);
            const uint8_t *bgr = i < b->colors ? b->palette + i * b->entry : black;
            memcpy(rgb, (uint8_t[]){bgr[2], bgr[1], bgr[0]}, 3);
        } else {
            uint32_t pixel = 0;
            for (int i = 0; i < b->bits / 8; i++) pixel |= (uint32_t)row[bit / 8 + i] << 8 * i;
            for (int c = 0; c < 3; c++) rgb[c] = color(pixel, &b->channel[c]);
        }
    }
}

int bmp_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
               const ImageBudget *budget, Image *out, Error *damage, Error *err)
{
    Bmp b = {0};
    (void)alpha;
    *out = (Image){0};
    if (find_rows(&b, bytes, len, err) != 0 ||
        image_budget_size(budget, b.width, b.height, err) != 0 ||
        image_budget_memory(budget, 3 * b.width * b.height, err) != 0)
        return error_prefix(err, "BMP");
    const int64_t used = (b.width * b.bits + 7) / 8, stride = (b.width * b.bits + 31) / 32 * 4;
    const int64_t left = (int64_t)b.left, rows = left < used ? 0 : (left - used) / stride + 1;
    if (rows == 0) return error_set(err, ERROR_DATA, "BMP: the file is truncated");
    uint8_t *zeros = mem_calloc((size_t)stride, 1); /* a row that is missing */
    *out = image_new(b.width, b.height);
    for (int64_t i = 0; i < b.height; i++)
        unpack(&b, i < rows ? b.rows + i * stride : zeros,
               out->rgb + 3 * b.width * (b.down ? i : b.height - 1 - i));
    mem_free(zeros);
    if (rows < b.height)
        error_set(damage, ERROR_DATA, "BMP: the file is truncated: %ld of %ld rows are missing",
                  b.height - rows, b.height);
    return 0;
}
