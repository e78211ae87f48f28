/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng: every color type and bit depth becomes 8-bit RGB. 16-bit samples keep
 * their high byte; gamma and color profiles are ignored, as in Pillow's convert("RGB").
 * libpng reports errors by longjmp and prints nothing.
 *
 * setjmp: everything that changes after it is in a struct owned by the caller's frame. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

enum { MAX_SIDE = 65535 };

typedef struct Decoder {
    png_structp codec;
    png_infop info;
    const uint8_t *bytes;
    size_t left;
    Image image;
    uint8_t *rgba; /* pixels before blending, or NULL */
    char text[160];
    Error *err;
} Decoder;

static _Noreturn void on_error(png_structp codec, png_const_charp text)
{
    char *to = png_get_error_ptr(codec);
    snprintf(to, sizeof((Decoder *)0)->text, "%s", text);
    png_longjmp(codec, 1);
}

static void on_warning(png_structp codec, png_const_charp text) { (void)codec, (void)text; }

static void on_read(png_structp codec, png_bytep to, size_t n)
{
    Decoder *d = png_get_io_ptr(codec);
    if (n > d->left) png_error(codec, "the file is truncated");
    memcpy(to, d->bytes, n);
    d->bytes += n;
    d->left -= n;
}

/* Requests RGB, or RGBA if transparency is to be blended and the file has any. */
static void request_rgb(Decoder *d, enum ImageAlpha alpha)
{
    png_set_expand(d->codec); /* palettes, low bit depths, transparent colors */
    png_set_strip_16(d->codec);
    png_set_gray_to_rgb(d->codec);
    if (alpha == IMAGE_ALPHA_DROP) png_set_strip_alpha(d->codec);
}

static void read_rows(Decoder *d, int passes)
{
    const int64_t width = d->image.width, height = d->image.height;
    const int64_t stride = width * (d->rgba ? 4 : 3);
    uint8_t *to = d->rgba ? d->rgba : d->image.rgb;
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < height; y++) png_read_row(d->codec, to + y * stride, NULL);
    if (d->rgba) image_blend_white(d->rgba, width * height, d->image.rgb);
}

/* Returns 0, or -1 with d->err set or libpng's reason in d->text. */
static int decode(Decoder *d, enum ImageAlpha alpha)
{
    const size_t len = d->left;
    if (setjmp(png_jmpbuf(d->codec))) return -1;
    png_set_read_fn(d->codec, d, on_read);
    png_set_user_limits(d->codec, MAX_SIDE, MAX_SIDE);
    png_read_info(d->codec, d->info);
    const int64_t width = png_get_image_width(d->codec, d->info);
    const int64_t height = png_get_image_height(d->codec, d->info);
    if (image_check_size(width, height, len, d->err) != 0) return -1;
    request_rgb(d, alpha);
    const int passes = png_set_interlace_handling(d->codec);
    png_read_update_info(d->codec, d->info);
    const int channels = png_get_channels(d->codec, d->info);
    CHECK(channels == 3 || (channels == 4 && alpha == IMAGE_ALPHA_WHITE), "%d", channels);
    d->image = image_new(width, height);
    if (channels == 4) d->rgba = mem_alloc((size_t)(width * height * 4));
    read_rows(d, passes);
    return 0;
}

int png_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out, Error *err)
{
    Error why = {0};
    Decoder d = {.bytes = bytes, .left = len, .text = "out of memory", .err = &why};
    d.codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, d.text, on_error, on_warning);
    if (d.codec) d.info = png_create_info_struct(d.codec);
    int status = d.info ? decode(&d, alpha) : -1;
    png_destroy_read_struct(&d.codec, &d.info, NULL);
    mem_free(d.rgba);
    *out = (Image){0};
    if (status == 0) {
        *out = d.image;
        return 0;
    }
    image_free(&d.image);
    return error_set(err, ERROR_DATA, "PNG: %s", why.code ? why.text : d.text);
}

typedef struct Encoder {
    png_structp codec;
    png_infop info;
    Bytes file;
    size_t room;
    char text[160];
} Encoder;
_Static_assert(sizeof((Encoder *)0)->text == sizeof((Decoder *)0)->text, "on_error fills both");

static void on_write(png_structp codec, png_bytep from, size_t n)
{
    Encoder *e = png_get_io_ptr(codec);
    if (e->room - e->file.len < n) {
        e->room = 2 * e->room + n;
        e->file.data = mem_realloc(e->file.data, e->room);
    }
    memcpy(e->file.data + e->file.len, from, n);
    e->file.len += n;
}

static void on_flush(png_structp codec) { (void)codec; }

static int encode(Encoder *e, const Image *image)
{
    if (setjmp(png_jmpbuf(e->codec))) return -1;
    png_set_write_fn(e->codec, e, on_write, on_flush);
    png_set_IHDR(e->codec, e->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(e->codec,
                              1); /* 1.7 times as fast as the default; files are 12% larger */
    png_set_filter(e->codec, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_write_info(e->codec, e->info);
    for (int64_t y = 0; y < image->height; y++)
        png_write_row(e->codec, image->rgb + 3 * image->width * y);
    png_write_end(e->codec, e->info);
    return 0;
}

int png_encode(const Image *image, Bytes *out, Error *err)
{
    Encoder e = {.text = "out of memory"};
    e.codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, e.text, on_error, on_warning);
    if (e.codec) e.info = png_create_info_struct(e.codec);
    int status = e.info ? encode(&e, image) : -1;
    png_destroy_write_struct(&e.codec, &e.info);
    *out = e.file;
    if (status == 0) return 0;
    bytes_free(out);
    return error_set(err, ERROR_RUNTIME, "PNG: %s", e.text);
}
