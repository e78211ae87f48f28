/* SPDX-License-Identifier: Apache-2.0 */
/* The first frame of a GIF, on its canvas. Colors of transparent pixels are returned as stored,
 * and the canvas around the frame has the transparent color or color 0, as in Pillow. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <stdbool.h>
#include <string.h>

enum {
    CODES = 4096,
    LONGEST_CODE = 12,
    IN_ORDER = 4 /* pass of a frame without interlacing */
};

typedef struct Gif {
    const uint8_t *at, *end;  /* what is left of the file */
    int64_t width, height;    /* canvas */
    int64_t left, top, w, h;  /* frame */
    int64_t x, y, done, pass; /* next pixel of the frame; pixels so far */
    int transparent, colors;  /* index, or -1; of the palette */
    const uint8_t *palette;   /* NULL: gray */
    uint8_t *index;           /* [height, width] */
    uint32_t bits;            /* not yet used, and their number */
    int bit_count, block;     /* bytes left in the block */
} Gif;

static int read16(const uint8_t *p) { return p[0] | p[1] << 8; }

/* Returns n bytes and moves on, or NULL at the end of the file. */
static const uint8_t *take(Gif *g, int64_t n)
{
    if (g->end - g->at < n) {
        g->at = g->end;
        return NULL;
    }
    g->at += n;
    return g->at - n;
}

static void take_palette(Gif *g, int flags)
{
    const int colors = 2 << (flags & 7);
    if (!(flags & 0x80)) return;
    g->palette = take(g, 3 * (int64_t)colors);
    g->colors = colors;
}

static void take_extension(Gif *g)
{
    const uint8_t *p, *kind = take(g, 1);
    while ((p = take(g, 1)) && p[0] > 0) {
        const uint8_t *block = take(g, p[0]);
        if (kind[0] == 0xf9 && block && p[0] >= 4 && block[0] & 1) g->transparent = block[3];
    }
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Stops before the pixels of the first frame; false if there is none. */
static bool find_frame(Gif *g)
{
    const uint8_t *p = take(g, 13), *kind;
    if (!p) return false;
    g->width = read16(p + 6);
    g->height = read16(p + 8);
    take_palette(g, p[10]);
    while ((kind = take(g, 1)) && *kind != ',' && *kind != ';')
        if (*kind == '!') take_extension(g);
    if (!kind || *kind == ';' || !(p = take(g, 9))) return false;
    g->left = read16(p);
    g->top = read16(p + 2);
    g->w = read16(p + 4);
    g->h = read16(p + 6);
    g->width = larger(g->width, g->left + g->w);
    g->height = larger(g->height, g->top + g->h);
    g->pass = p[8] & 0x40 ? 0 : IN_ORDER;
    take_palette(g, p[8]);
    return g->at < g->end;
}

/* The next code of `size` bits; -1 at the end of the data. A block that is cut is not used. */
static int next_code(Gif *g, int size)
{
    for (; g->bit_count < size; g->bit_count += 8, g->block--) {
        if (g->block == 0) {
            if (g->at == g->end || g->at[0] == 0 || g->end - g->at <= g->at[0]) return -1;
            g->block = *g->at++;
        }
        g->bits |= (uint32_t)*g->at++ << g->bit_count;
    }
    const int code = (int)(g->bits & ((1u << size) - 1));
    g->bits >>= size;
    g->bit_count -= size;
    return code;
}

static void put_pixel(Gif *g, uint8_t color)
{
    static const int start[] = {0, 4, 2, 1, 0}, step[] = {8, 8, 4, 2, 1};
    if (g->done == g->w * g->h) return;
    g->index[(g->top + g->y) * g->width + g->left + g->x] = color;
    g->done++;
    if (++g->x < g->w) return;
    g->x = 0;
    g->y += step[g->pass];
    while (g->y >= g->h && g->pass + 1 < IN_ORDER) g->y = start[++g->pass];
}

/* Unpacks pixels until all are there, or the data ends or makes no sense. A code stands for a
 * color, or for the string of another code and one more color. */
static void unpack(Gif *g, int bits)
{
    uint8_t color[CODES], stack[CODES + 1];
    uint16_t prefix[CODES];
    const int clear = 1 << bits;
    int size = bits + 1, next = clear + 2, last = -1, first = 0, code;
    while (g->done < g->w * g->h && (code = next_code(g, size)) >= 0 && code != clear + 1) {
        int n = 0, c = code;
        if (code == clear) {
            size = bits + 1, next = clear + 2, last = -1;
            continue;
        }
        if (code > (last < 0 ? clear : next)) return;
        if (code == next) stack[n++] = (uint8_t)first, c = last;
        for (; c >= clear && n < CODES; c = prefix[c]) stack[n++] = color[c];
        stack[n++] = (uint8_t)(first = c);
        while (n > 0) put_pixel(g, stack[--n]);
        if (last >= 0 && next < CODES) {
            color[next] = (uint8_t)first;
            prefix[next] = (uint16_t)last;
            if (next++ == (1 << size) - 1 && size < LONGEST_CODE) size++;
        }
        last = code;
    }
}

static void colorize(const Gif *g, enum ImageAlpha alpha, Image *image)
{
    for (int64_t i = 0; i < g->width * g->height; i++) {
        const uint8_t v = g->index[i], gray[3] = {v, v, v};
        uint8_t *rgb = image->rgb + 3 * i; /* black */
        if (!g->palette) memcpy(rgb, gray, 3);
        if (g->palette && v < g->colors) memcpy(rgb, g->palette + 3 * v, 3);
        if (v != g->transparent) continue;
        image->transparent = true;
        if (alpha == IMAGE_ALPHA_WHITE) memset(rgb, 255, 3);
    }
}

int gif_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
               const ImageBudget *budget, Image *out, Error *damage, Error *err)
{
    Gif g = {.at = bytes, .end = bytes + len, .transparent = -1};
    *out = (Image){0};
    if (!find_frame(&g))
        return error_set(err, ERROR_DATA, "GIF: no frame: truncated or corrupt");
    if (image_budget_size(budget, g.width, g.height, err) != 0 ||
        image_budget_memory(budget, 4 * g.width * g.height, err) != 0)
        return error_prefix(err, "GIF");
    const size_t pixels = (size_t)(g.width * g.height);
    const int64_t frame = g.w * g.h, bits = *g.at++;
    g.index = mem_alloc(pixels);
    memset(g.index, g.transparent < 0 ? 0 : g.transparent, pixels);
    if (bits < LONGEST_CODE) unpack(&g, (int)bits);
    if (g.done > 0) {
        *out = image_new(g.width, g.height);
        colorize(&g, alpha, out);
    }
    mem_free(g.index);
    if (g.done == 0)
        return error_set(err, ERROR_DATA, "GIF: not a single pixel: truncated or corrupt");
    if (g.done < frame)
        error_set(damage, ERROR_DATA,
                  "GIF: truncated or corrupt: %ld of %ld pixels are missing", frame - g.done,
                  frame);
    return 0;
}
