/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng: every color type and bit depth becomes 8-bit RGB. 16-bit samples keep
 * their high byte; gamma and color profiles are ignored, as in Pillow's convert("RGB").
 * libpng reports errors by longjmp and prints nothing. The rows before an error are kept.
 * Chunks that do not concern the pixels (texts, profiles) are skipped unread.
 *
 * setjmp: everything that changes after it is in a struct owned by the caller's frame. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

enum {
    PIECE = 8192,     /* read at once */
    TAIL = 2 * PIECE, /* compressed bytes that may follow those of the last row */
};

/* What libpng says. */
typedef struct Report {
    char text[160];    /* of the error */
    bool bad_checksum; /* of compressed pixels that could be used */
} Report;

typedef struct Decoder {
    png_structp codec;
    png_infop info;
    const uint8_t *bytes;
    size_t left;
    Image image;
    uint8_t *rgba; /* pixels of a file with transparency, or NULL */
    int passes;
    int64_t rows; /* read so far, in all passes */
    int64_t most; /* bytes that may still be read; -1: any number */
    const ImageBudget *budget;
    Report report;
    Error *err;
} Decoder;

static _Noreturn void on_error(png_structp codec, png_const_charp text)
{
    Report *r = png_get_error_ptr(codec);
    snprintf(r->text, sizeof r->text, "%s", text);
    png_longjmp(codec, 1);
}

static void on_warning(png_structp codec, png_const_charp text)
{
    Report *r = png_get_error_ptr(codec);
    if (strncmp(text, "IDAT: CRC", 9) == 0) r->bad_checksum = true;
}

/* Asks for at most what is left, so that the last bytes of a truncated file reach inflate. */
static void on_read(png_structp codec, png_bytep to, size_t n)
{
    Decoder *d = png_get_io_ptr(codec);
    if (n > d->left) png_error(codec, "the file is truncated");
    if (image_budget_time(d->budget, d->err) != 0) png_error(codec, "");
    if (d->most >= 0 && (d->most -= (int64_t)n) < 0) {
        d->rows++;
        png_error(codec, "more data than pixels");
    }
    memcpy(to, d->bytes, n);
    d->bytes += n;
    d->left -= n;
    png_set_compression_buffer_size(codec, d->left > PIECE ? PIECE : d->left ? d->left : 1);
}

/* Requests RGB, or RGBA if the file has transparency. */
static void request_rgb(Decoder *d)
{
    png_set_expand(d->codec); /* palettes, low bit depths, transparent colors */
    png_set_strip_16(d->codec);
    png_set_gray_to_rgb(d->codec);
}

/* The RGBA pixel that zeros in the file stand for: rows that are missing consist of it. */
static void zero_pixel(const Decoder *d, uint8_t pixel[static 4])
{
    const int type = png_get_color_type(d->codec, d->info);
    png_colorp color;
    png_bytep alpha;
    int n;
    memset(pixel, 0, 3);
    pixel[3] = type & PNG_COLOR_MASK_ALPHA ? 0 : 255;
    if (type != PNG_COLOR_TYPE_PALETTE) return;
    if (png_get_PLTE(d->codec, d->info, &color, &n) && n > 0)
        memcpy(pixel, (uint8_t[]){color->red, color->green, color->blue}, 3);
    if (png_get_tRNS(d->codec, d->info, &alpha, &n, NULL) && n > 0) pixel[3] = alpha[0];
}

/* Allocates the pixels, all of this one color. */
static void allocate(Decoder *d, int64_t width, int64_t height, size_t channels,
                     const uint8_t pixel[static 4])
{
    const size_t pixels = (size_t)(width * height);
    d->image = image_new(width, height);
    if (channels == 4) d->rgba = mem_calloc(pixels, 4);
    uint8_t *to = d->rgba ? d->rgba : d->image.rgb;
    if (memcmp(pixel, (uint8_t[4]){0}, channels) != 0)
        for (size_t i = 0; i < pixels; i++) memcpy(to + i * channels, pixel, channels);
}

static void read_rows(Decoder *d)
{
    const int64_t height = d->image.height, stride = d->image.width * (d->rgba ? 4 : 3);
    uint8_t *to = d->rgba ? d->rgba : d->image.rgb;
    for (; d->rows < d->passes * height; d->rows++) {
        if (d->rows + 1 == d->passes * height) /* behind it, libpng unpacks without end */
            d->most = (int64_t)png_get_rowbytes(d->codec, d->info) * 2 + TAIL;
        png_read_row(d->codec, to + d->rows % height * stride, NULL);
    }
}

/* Returns 0, or -1 with d->err set or libpng's reason in the report. */
static int decode(Decoder *d)
{
    uint8_t pixel[4];
    if (setjmp(png_jmpbuf(d->codec))) return -1;
    png_set_read_fn(d->codec, d, on_read);
    png_set_user_limits(d->codec, IMAGE_MAX_SIDE, IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(d->codec, (png_alloc_size_t)d->budget->bytes);
    png_set_keep_unknown_chunks(d->codec, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_crc_action(d->codec, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
    png_read_info(d->codec, d->info);
    const int64_t width = png_get_image_width(d->codec, d->info);
    const int64_t height = png_get_image_height(d->codec, d->info);
    if (image_budget_size(d->budget, width, height, d->err) != 0) return -1;
    zero_pixel(d, pixel);
    request_rgb(d);
    d->passes = png_set_interlace_handling(d->codec);
    png_read_update_info(d->codec, d->info);
    const uint8_t channels = png_get_channels(d->codec, d->info);
    CHECK(channels == 3 || channels == 4, "%d", channels);
    if (image_budget_memory(d->budget, width * height * (channels == 4 ? 7 : 3), d->err) != 0)
        return -1;
    allocate(d, width, height, channels, pixel);
    png_set_crc_action(d->codec, PNG_CRC_WARN_USE, PNG_CRC_NO_CHANGE); /* pixels follow */
    read_rows(d);
    return 0;
}

static void describe_damage(const Decoder *d, int status, Error *damage)
{
    const int64_t height = d->image.height;
    if (status != 0 && d->rows == d->passes * height)
        error_set(damage, ERROR_DATA, "PNG: %s", d->report.text);
    else if (status != 0 && d->passes == 1)
        error_set(damage, ERROR_DATA, "PNG: %s: %ld of %ld rows are missing", d->report.text,
                  height - d->rows, height);
    else if (status != 0)
        error_set(damage, ERROR_DATA, "PNG: %s: part of its pixels is missing", d->report.text);
    else if (d->report.bad_checksum)
        error_set(damage, ERROR_DATA, "PNG: the checksum of its pixels is wrong");
}

int png_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
               const ImageBudget *budget, Image *out, Error *damage, Error *err)
{
    Error why = {0};
    Decoder d = {.bytes = bytes,
                 .left = len,
                 .most = -1,
                 .budget = budget,
                 .report = {.text = "cannot start"},
                 .err = &why};
    d.codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d.report, on_error, on_warning);
    if (d.codec) d.info = png_create_info_struct(d.codec);
    const int status = d.info ? decode(&d) : -1;
    const bool some = d.rows > 0 && !why.code;
    png_destroy_read_struct(&d.codec, &d.info, NULL);
    if (some) describe_damage(&d, status, damage);
    if (some && d.rgba) image_flatten(d.rgba, alpha, &d.image);
    mem_free(d.rgba);
    *out = some ? d.image : (Image){0};
    if (some) return 0;
    image_free(&d.image);
    return error_set(err, why.code ? why.code : ERROR_DATA, "PNG: %s",
                     why.code ? why.text : d.report.text);
}

typedef struct Encoder {
    png_structp codec;
    png_infop info;
    Bytes file;
    size_t room;
    Report report;
} Encoder;

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
    Encoder e = {.report = {.text = "cannot start"}};
    e.codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, &e.report, on_error, on_warning);
    if (e.codec) e.info = png_create_info_struct(e.codec);
    int status = e.info ? encode(&e, image) : -1;
    png_destroy_write_struct(&e.codec, &e.info);
    *out = e.file;
    if (status == 0) return 0;
    bytes_free(out);
    return error_set(err, ERROR_RUNTIME, "PNG: %s", e.report.text);
}
