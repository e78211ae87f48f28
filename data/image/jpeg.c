/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg's API, with the settings that reproduce Pillow's bytes: accurate
 * integer DCT, fancy upsampling, no scaling, EXIF ignored. libjpeg reports errors by
 * longjmp. Warnings (truncated file, corrupt data) do not end the decoding, and missing
 * blocks stay mid-gray, as in Pillow.
 *
 * setjmp: everything that changes after it is in a struct owned by the caller's frame. */
#include "core/mem.h"
#include "data/image/codec.h"
#include "data/image/exif.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { ROWS = 16 /* read per call */ };
enum { APP1 = 0xe1, SCAN = 0xda }; /* markers of segments */

typedef struct Trap {
    struct jpeg_error_mgr base; /* first member: libjpeg knows only this part */
    jmp_buf jump;
    char text[JMSG_LENGTH_MAX];   /* of the error */
    char damage[JMSG_LENGTH_MAX]; /* of the first warning about pixels */
    bool ended;                   /* the file ended too early */
    const ImageBudget *budget;    /* NULL while encoding */
    Error *over;                  /* why the budget is exceeded */
} Trap;

static _Noreturn void on_error(j_common_ptr codec)
{
    Trap *trap = (Trap *)codec->err;
    codec->err->format_message(codec, trap->text);
    longjmp(trap->jump, 1);
}

static void check_time(Trap *trap)
{
    if (trap->budget && image_budget_time(trap->budget, trap->over) != 0)
        longjmp(trap->jump, 1);
}

static void on_message(j_common_ptr codec, int level)
{
    Trap *trap = (Trap *)codec->err;
    if (level >= 0) check_time(trap); /* of each marker */
    if (level >= 0) return;
    switch (trap->base.msg_code) {
    case JWRN_JPEG_EOF:
        trap->ended = true;
        break;
    case JWRN_NOT_SEQUENTIAL: /* parameters that encoders get wrong, and nothing uses */
    case JWRN_ADOBE_XFORM:
        break;
    default:
        if (!*trap->damage) codec->err->format_message(codec, trap->damage);
    }
}

static struct jpeg_error_mgr *trap_init(Trap *trap)
{
    *trap = (Trap){.ended = false};
    jpeg_std_error(&trap->base);
    trap->base.error_exit = on_error;
    trap->base.emit_message = on_message;
    return &trap->base;
}

typedef struct Decoder {
    struct jpeg_decompress_struct codec;
    struct jpeg_progress_mgr progress;
    Trap trap;
    Image image;
    Error *err;
} Decoder;

static void on_progress(j_common_ptr codec) { check_time((Trap *)codec->err); }

/* At least as many as libjpeg finds, since it may also look inside of segments that are cut. */
static int64_t count_scans(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = bytes + len;
    int64_t n = 0;
    for (const uint8_t *p = bytes; (p = memchr(p, 0xff, (size_t)(end - p))); p++)
        n += p + 1 < end && p[1] == SCAN;
    return n;
}

/* What the header promises is checked before anything is allocated: the coefficients of a file
 * of several scans are held as a whole, and each scan visits them. */
static int check_budget(Decoder *d, const uint8_t *bytes, size_t len)
{
    struct jpeg_decompress_struct *codec = &d->codec;
    const ImageBudget *b = d->trap.budget;
    const int64_t width = codec->image_width, height = codec->image_height;
    int64_t memory = 3 * width * height;
    if (image_budget_size(b, width, height, d->err) != 0) return -1;
    if (jpeg_has_multiple_scans(codec)) {
        for (int i = 0; i < codec->num_components; i++) {
            const jpeg_component_info *c = &codec->comp_info[i];
            memory += (int64_t)(sizeof(JBLOCK) * c->width_in_blocks) * c->height_in_blocks;
        }
        if (image_budget_scans(b, count_scans(bytes, len), width * height, d->err) != 0)
            return -1;
    }
    return image_budget_memory(b, memory, d->err);
}

/* Adobe writes CMYK inverted, and Pillow treats every CMYK file that way: with stored values
 * c and k, the result is k - (255 - c) k / 255, rounded as Pillow rounds. */
static void rgb_from_cmyk(const uint8_t *cmyk, int64_t pixels, uint8_t *rgb)
{
    for (int64_t i = 0; i < pixels; i++) {
        const int k = cmyk[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            const int product = (255 - cmyk[4 * i + c]) * k + 128;
            rgb[3 * i + c] = (uint8_t)(k - ((product + (product >> 8)) >> 8));
        }
    }
}

static void read_rgb(Decoder *d)
{
    struct jpeg_decompress_struct *codec = &d->codec;
    const int64_t stride = 3 * d->image.width;
    JSAMPROW row[ROWS];
    while (codec->output_scanline < codec->output_height) {
        int64_t left = (int64_t)(codec->output_height - codec->output_scanline);
        int n = left < ROWS ? (int)left : ROWS;
        for (int i = 0; i < n; i++)
            row[i] = d->image.rgb + stride * ((int64_t)codec->output_scanline + i);
        jpeg_read_scanlines(codec, row, (JDIMENSION)n);
    }
}

static void read_cmyk(Decoder *d)
{
    struct jpeg_decompress_struct *codec = &d->codec;
    const int64_t width = d->image.width;
    JSAMPARRAY row =
        codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, (JDIMENSION)(4 * width), 1);
    while (codec->output_scanline < codec->output_height) {
        uint8_t *to = d->image.rgb + 3 * width * (int64_t)codec->output_scanline;
        jpeg_read_scanlines(codec, row, 1);
        rgb_from_cmyk(row[0], width, to);
    }
}

/* The offset of the next marker from `at` on that is no part of a scan's data; len: none. */
static size_t find_marker(const uint8_t *bytes, size_t len, size_t at)
{
    for (; at + 1 < len; at++) {
        const uint8_t marker = bytes[at + 1];
        const bool restart = marker >= 0xd0 && marker <= 0xd7;
        if (bytes[at] == 0xff && marker != 0xff && marker != 0 && !restart) return at;
    }
    return len;
}

/* The offset that the segment whose marker is at `at` says to end at, which may be past len;
 * len if it ends before its length. */
static size_t segment_end(const uint8_t *bytes, size_t len, size_t at)
{
    return at + 4 > len ? len : at + 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
}

/* Reads the segments before the first scan itself: libjpeg would keep them all in memory. */
static bool asks_for_rotation(const uint8_t *bytes, size_t len)
{
    for (size_t at = find_marker(bytes, len, 2), end; at < len && bytes[at + 1] != SCAN;
         at = find_marker(bytes, len, end)) {
        end = segment_end(bytes, len, at);
        if (end < at + 4 || end > len) return false;
        if (bytes[at + 1] == APP1 && exif_rotates(bytes + at + 4, end - at - 4)) return true;
    }
    return false;
}

/* Returns 0, or -1 with d->err set or libjpeg's reason in d->trap.text. */
static int decode(Decoder *d, const uint8_t *bytes, size_t len)
{
    struct jpeg_decompress_struct *codec = &d->codec;
    const ImageBudget *budget = d->trap.budget;
    codec->err = trap_init(&d->trap);
    d->trap.budget = budget;
    d->trap.over = d->err;
    if (setjmp(d->trap.jump)) return -1;
    jpeg_create_decompress(codec);
    codec->mem->max_memory_to_use = budget->bytes;
    codec->progress = &d->progress;
    d->progress.progress_monitor = on_progress;
    jpeg_mem_src(codec, bytes, (unsigned long)len);
    jpeg_read_header(codec, TRUE);
    if (check_budget(d, bytes, len) != 0) return -1;
    if (codec->src->bytes_in_buffer == 0)
        return error_set(d->err, ERROR_DATA, "the file ends too early");
    d->trap.damage[0] = 0; /* what is wrong in the header does not concern pixels */
    codec->dct_method = JDCT_ISLOW;
    codec->do_fancy_upsampling = TRUE;
    codec->out_color_space = codec->num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(codec);
    d->image = image_new(codec->output_width, codec->output_height);
    d->image.rotated = asks_for_rotation(bytes, len);
    if (codec->out_color_space == JCS_CMYK)
        read_cmyk(d);
    else
        read_rgb(d);
    return 0;
}

/* Offset behind the last scan that another segment follows before `limit`, where decoding
 * failed or the file ends; 0 if there is none. */
static size_t scans_end(const uint8_t *bytes, size_t len, size_t limit)
{
    size_t end = 0;
    bool scan = false;
    for (size_t at = find_marker(bytes, len, 2); at < len && at < limit;
         at = find_marker(bytes, len, segment_end(bytes, len, at))) {
        if (scan) end = at;
        scan = bytes[at + 1] == SCAN;
    }
    return end;
}

/* Decodes a file of several scans again, without the segment in which decoding failed: a
 * table that is cut or corrupt does not invalidate the scans before it. */
static int decode_scans_before(Decoder *d, const uint8_t *bytes, size_t len)
{
    const struct jpeg_source_mgr *source = d->codec.src;
    const size_t left = d->trap.ended || !source ? 0 : source->bytes_in_buffer;
    const size_t end = d->err->code ? 0 : scans_end(bytes, len, len - left);
    const Trap first = d->trap;
    if (end == 0) return -1;
    jpeg_destroy_decompress(&d->codec);
    image_free(&d->image);
    *d = (Decoder){.err = d->err, .trap = {.budget = first.budget}};
    const int status = decode(d, bytes, end);
    snprintf(d->trap.damage, sizeof d->trap.damage, "%s", first.text);
    d->trap.ended = first.ended;
    return status;
}

static void describe_damage(Decoder *d, Error *damage)
{
    /* Without its end marker, a file of one scan may be complete. */
    const bool several = d->codec.arith_code || jpeg_has_multiple_scans(&d->codec);
    if (d->trap.ended && (several || *d->trap.damage))
        error_set(damage, ERROR_DATA, "JPEG: the file is truncated");
    else if (*d->trap.damage)
        error_set(damage, ERROR_DATA, "JPEG: %s", d->trap.damage);
}

int jpeg_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
                const ImageBudget *budget, Image *out, Error *damage, Error *err)
{
    Error why = {0};
    Decoder d = {.err = &why, .trap = {.budget = budget}};
    (void)alpha;
    int status = decode(&d, bytes, len);
    if (status != 0) status = decode_scans_before(&d, bytes, len);
    if (status == 0) describe_damage(&d, damage);
    jpeg_destroy_decompress(&d.codec);
    *out = (Image){0};
    if (status == 0) {
        *out = d.image;
        return 0;
    }
    image_free(&d.image);
    if (!why.code && d.trap.ended) error_set(&why, ERROR_DATA, "the file ends too early");
    return error_set(err, why.code ? why.code : ERROR_DATA, "JPEG: %s",
                     why.code ? why.text : d.trap.text);
}

typedef struct Encoder {
    struct jpeg_compress_struct codec;
    Trap trap;
    unsigned char *data; /* allocated by libjpeg */
    unsigned long len;
} Encoder;

static int encode(Encoder *e, const Image *image, int quality)
{
    struct jpeg_compress_struct *codec = &e->codec;
    codec->err = trap_init(&e->trap);
    if (setjmp(e->trap.jump)) return -1;
    jpeg_create_compress(codec);
    jpeg_mem_dest(codec, &e->data, &e->len);
    codec->image_width = (JDIMENSION)image->width;
    codec->image_height = (JDIMENSION)image->height;
    codec->input_components = 3;
    codec->in_color_space = JCS_RGB;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = image->rgb + 3 * image->width * (int64_t)codec->next_scanline;
        jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
    return 0;
}

int jpeg_encode(const Image *image, int quality, Bytes *out, Error *err)
{
    Encoder e = {.len = 0};
    int status = encode(&e, image, quality);
    jpeg_destroy_compress(&e.codec);
    *out = (Bytes){e.data, e.len};
    if (status == 0) return 0;
    bytes_free(out);
    return error_set(err, ERROR_RUNTIME, "JPEG: %s", e.trap.text);
}
