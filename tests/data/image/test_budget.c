/* SPDX-License-Identifier: Apache-2.0 */
/* What one image may cost: pixels, memory, scans, time. */
#include "data/image/budget.h"

#include "core/log.h"
#include "core/mem.h"
#include "data/image/codec.h"
#include "data/options.h"
#include "data/prepare/prepare.h"
#include "tests/data/image/png_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Decodes and frees the bytes. Returns 0, or -1 with an error of the data. */
static int decode(Bytes file, const ImageRules *rules, Error *damage, Error *err)
{
    Image image;
    *err = *damage = (Error){0};
    const int status = image_decode(file.data, file.len, rules, &image, damage, err);
    ck_assert(!image.rgb == (status != 0));
    if (status != 0) ck_assert_int_eq(err->code, ERROR_DATA);
    image_free(&image);
    bytes_free(&file);
    return status;
}

static Bytes copy_of(const void *data, size_t len)
{
    Bytes b = {mem_realloc(NULL, len), len};
    memcpy(b.data, data, len);
    return b;
}

static Bytes golden(const char *path)
{
    Bytes file;
    ck_assert_int_eq(file_read(path, &file, NULL), 0);
    return file;
}

/* ---- limits of all formats -------------------------------------------------------------- */

enum { WIDTH = 1100, HEIGHT = 1000 };

static Bytes encoded(bool png)
{
    Bytes file;
    Image image = image_new(WIDTH, HEIGHT);
    ck_assert_int_eq(png ? image_encode_png(&image, &file, NULL)
                         : image_encode_jpeg(&image, 50, &file, NULL),
                     0);
    image_free(&image);
    return file;
}

static Bytes large_png(void) { return encoded(true); }
static Bytes large_jpeg(void) { return encoded(false); }

static Bytes large_webp(void)
{
    Bytes file = golden("tests/golden/images/lossy.webp");
    memcpy(file.data + 26, "\x4c\x04\xe8\x03", 4);
    return file;
}

static Bytes large_gif(void)
{
    return copy_of("GIF89a\x4c\x04\xe8\x03\0\0\0,\0\0\0\0\x4c\x04\xe8\x03\0\x08", 24);
}

static Bytes large_bmp(void)
{
    uint8_t b[54 + WIDTH * 3] = "BM";
    b[10] = 54;
    b[14] = 40;
    memcpy(b + 18, "\x4c\x04\0\0\xe8\x03\0\0\x01\0\x18", 11);
    return copy_of(b, sizeof b);
}

static const struct {
    Bytes (*file)(void);
    const char *name;
} large[] = {{large_png, "PNG"},
             {large_jpeg, "JPEG"},
             {large_webp, "WebP"},
             {large_gif, "GIF"},
             {large_bmp, "BMP"}};

START_TEST(limits_name_their_option)
{
    char text[200];
    Error damage, err;
    ck_assert_int_eq(decode(large[_i].file(), &(ImageRules){.max_pixels = 1}, &damage, &err),
                     -1);
    snprintf(text, sizeof text,
             "%s: 1100 x 1000 pixels: more than 1 megapixels; to allow more: data.max_pixels "
             "(prepare triplets: --max-pixels)",
             large[_i].name);
    expect_error(&err, ERROR_DATA, text);
    ck_assert_int_eq(decode(large[_i].file(), &(ImageRules){.max_memory = 3}, &damage, &err),
                     -1);
    expect_error(&err, ERROR_DATA,
                 "MiB to decode, more than 3 MiB; to allow more: "
                 "data.max_memory (prepare triplets: --max-memory)");
    const int status = decode(large[_i].file(), &(ImageRules){.max_pixels = 2}, &damage, &err);
    ck_assert(status == 0 || !strstr(err.text, "data.max_")); /* some are headers only */
}
END_TEST

START_TEST(limits_by_default)
{
    Error err = {0};
    const ImageBudget b = image_budget_start(NULL, 1 << 20);
    ck_assert_int_eq(image_budget_size(&b, 10000, 10000, &err), 0);
    ck_assert_int_eq(image_budget_size(&b, 10000, 10001, &err), -1);
    expect_error(&err, ERROR_DATA, "more than 100 megapixels");
    err = (Error){0};
    const ImageBudget most = image_budget_start(&(ImageRules){.max_pixels = 268}, 1 << 20);
    ck_assert_int_eq(image_budget_size(&most, 16384, 16357, &err), 0);
    ck_assert_int_eq(image_budget_size(&most, 16384, 16384, &err), -1);
    expect_error(&err, ERROR_DATA, "268 megapixels, the most that can be allowed");
    err = (Error){0};
    ck_assert_int_eq(image_budget_size(&b, 65536, 1, &err), -1);
    expect_error(&err, ERROR_DATA, "outside 1..65535");
    err = (Error){0};
    ck_assert_int_eq(image_budget_memory(&b, 511 << 20, &err), 0);
    ck_assert_int_eq(image_budget_memory(&b, (511 << 20) + 1, &err), -1);
    expect_error(&err, ERROR_DATA, "more than 512 MiB");
    err = (Error){0};
    ck_assert_int_eq(image_budget_scans(&b, 20, 100000000, &err), 0);
    ck_assert_int_eq(image_budget_scans(&b, 500, 4000000, &err), 0);
    ck_assert_int_eq(image_budget_scans(&b, 500, 4000001, &err), -1);
    expect_error(&err, ERROR_DATA, "500 scans of 4000001 pixels");
    err = (Error){0};
    ck_assert_int_eq(image_budget_scans(&b, 501, 1, &err), -1);
    expect_error(&err, ERROR_DATA, "501 scans: more than 500");
    ck_assert_double_eq_tol(b.deadline, log_now() + 10, 1);
}
END_TEST

static int64_t default_of(const CliCommand *c, const char *name)
{
    for (size_t i = 0; i < c->options; i++)
        if (strcmp(c->option[i].name, name) == 0) return atol(c->option[i].fallback);
    ck_abort_msg("%s: no --%s", c->name, name);
}

/* Three tables have them: those of data.*, of `prepare triplets` and of ImageRules. */
START_TEST(the_defaults_agree)
{
    DataOptions o;
    option_defaults(&data_options, &o);
    ck_assert_int_eq(o.max_pixels, IMAGE_MEGAPIXELS);
    ck_assert_int_eq(o.max_memory, IMAGE_MEBIBYTES);
    ck_assert_int_eq(o.max_seconds, IMAGE_SECONDS);
    option_free(&data_options, &o);
    ck_assert_int_eq(default_of(&prepare_triplets, "max-pixels"), IMAGE_MEGAPIXELS);
    ck_assert_int_eq(default_of(&prepare_triplets, "max-memory"), IMAGE_MEBIBYTES);
    ck_assert_int_eq(default_of(&prepare_triplets, "max-seconds"), IMAGE_SECONDS);
}
END_TEST

/* Late from the start: every decoder that could take long looks at the clock. */
START_TEST(time_is_limited)
{
    static const struct {
        const char *path;
        ImageDecode *decode;
    } slow[] = {{"tests/golden/images/baseline.jpg", jpeg_decode},
                {"tests/golden/images/progressive.jpg", jpeg_decode},
                {"tests/golden/images/interlaced.png", png_decode},
                {"tests/golden/images/rgba.png", png_decode},
                {"tests/golden/images/lossy.webp", webp_decode},
                {"tests/golden/images/alpha.webp", webp_decode}};
    Bytes file = golden(slow[_i].path);
    Image image;
    Error damage = {0}, err = {0};
    ImageBudget b = image_budget_start(NULL, file.len);
    b.deadline = log_now() - 1;
    ck_assert_int_eq(
        slow[_i].decode(file.data, file.len, IMAGE_ALPHA_DROP, &b, &image, &damage, &err), -1);
    expect_error(&err, ERROR_DATA, "not decoded after 10 s; to allow more: data.max_seconds");
    ck_assert_ptr_null(image.rgb);
    ck_assert_int_eq(damage.code, 0);
    bytes_free(&file);
}
END_TEST

/* ---- PNG -------------------------------------------------------------------------------- */

enum { SIDE = 8, HEADER = 33 /* bytes before the first chunk that may be missing */ };

static Bytes small_png(void)
{
    static const uint8_t rows[SIDE * SIDE] = {1, 2, 3};
    const PngBuild b = {
        .width = SIDE, .height = SIDE, .depth = 8, .rows = rows, .row_len = SIDE};
    size_t len;
    uint8_t *file = png_build(&b, &len);
    Bytes copy = copy_of(file, len);
    free(file);
    return copy;
}

static void put32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Appends a chunk of n bytes, which claims `claimed`. */
static void put_chunk(Bytes *png, const char *name, const void *data, size_t n, size_t claimed)
{
    png->data = mem_realloc(png->data, png->len + n + 12);
    uint8_t *p = png->data + png->len;
    put32(p, (uint32_t)claimed);
    memcpy(p + 4, name, 4);
    memcpy(p + 8, data, n);
    put32(p + 8 + n, (uint32_t)crc32(crc32(0, NULL, 0), p + 4, (uInt)n + 4));
    png->len += n + 12;
}

/* A chunk between the header and the pixels. */
static Bytes with_chunk(const char *name, const void *data, size_t n, size_t claimed)
{
    Bytes png = small_png(), out = copy_of(png.data, HEADER);
    put_chunk(&out, name, data, n, claimed);
    out.data = mem_realloc(out.data, out.len + png.len);
    memcpy(out.data + out.len, png.data + HEADER, png.len - HEADER);
    out.len += png.len - HEADER;
    bytes_free(&png);
    return out;
}

START_TEST(png_texts_are_not_read)
{
    static const char *const names[] = {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "prVt"};
    enum { UNPACKED = 1 << 26 };
    uint8_t *zeros = mem_calloc(UNPACKED, 1), *packed = mem_alloc(UNPACKED / 500);
    uLongf len = UNPACKED / 500 - 3;
    memcpy(packed, "x\0\0", 3);
    ck_assert_int_eq(compress2(packed + 3, &len, zeros, UNPACKED, 9), Z_OK);
    mem_free(zeros);
    Error damage, err;
    const size_t before = mem_peak();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Bytes file = with_chunk(names[i], packed, len + 3, len + 3);
        ck_assert_int_eq(decode(file, NULL, &damage, &err), 0);
        ck_assert_int_eq(damage.code, 0);
        ck_assert_int_eq(
            decode(with_chunk(names[i], "a\0b", 3, 0x7fffffff), NULL, &damage, &err), -1);
        expect_error(&err, ERROR_DATA, "PNG: the file is truncated");
    }
    ck_assert_uint_lt(mem_peak() - before, 16 << 20);
    mem_free(packed);
}
END_TEST

/* Black rows, then n other bytes. */
static Bytes with_rest(size_t n, bool noise)
{
    enum { ROWS = SIDE * (SIDE + 1) };
    uint8_t *raw = mem_calloc(ROWS + n, 1);
    uint32_t state = 1;
    for (size_t i = ROWS; noise && i < ROWS + n; i++)
        raw[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    uLongf len = compressBound(ROWS + n);
    uint8_t *packed = mem_alloc(len);
    ck_assert_int_eq(compress(packed, &len, raw, ROWS + n), Z_OK);
    Bytes png = small_png(), out = copy_of(png.data, HEADER);
    put_chunk(&out, "IDAT", packed, len, len);
    put_chunk(&out, "IEND", "", 0, 0);
    bytes_free(&png);
    mem_free(packed);
    mem_free(raw);
    return out;
}

/* What follows the last row is not unpacked to its end; the rows count. */
START_TEST(png_ends_with_its_rows)
{
    Error damage, err;
    ck_assert_int_eq(decode(with_rest(0, false), NULL, &damage, &err), 0);
    ck_assert_int_eq(damage.code, 0);
    ck_assert_int_eq(decode(with_rest(1 << 20, false), NULL, &damage, &err), 0);
    ck_assert_int_eq(damage.code, 0); /* a few kilobytes pass */
    ck_assert_int_eq(decode(with_rest(1 << 20, true), NULL, &damage, &err), 0);
    ck_assert_str_eq(damage.text, "PNG: more data than pixels");
}
END_TEST

/* ---- JPEG ------------------------------------------------------------------------------- */

/* A progressive file with its last scan so many times. */
static Bytes repeat_scan(int times)
{
    Bytes file = golden("tests/golden/images/progressive.jpg");
    size_t at = file.len - 2;
    while (!(file.data[at] == 0xff && file.data[at + 1] == 0xda)) at--;
    const size_t scan = file.len - 2 - at;
    Bytes out = {.data = mem_realloc(NULL, file.len + scan * (size_t)times)};
    memcpy(out.data, file.data, at);
    out.len = at;
    for (int i = 0; i < times; i++, out.len += scan)
        memcpy(out.data + out.len, file.data + at, scan);
    memcpy(out.data + out.len, "\xff\xd9", 2);
    out.len += 2;
    bytes_free(&file);
    return out;
}

START_TEST(jpeg_scans_are_counted)
{
    Error damage, err;
    ck_assert_int_eq(decode(repeat_scan(1), NULL, &damage, &err), 0);
    ck_assert_int_eq(damage.code, 0);
    ck_assert_int_eq(decode(repeat_scan(600), NULL, &damage, &err), -1);
    expect_error(&err, ERROR_DATA, "scans: more than 500");
}
END_TEST

/* Segments before the pixels are passed over, not kept. */
START_TEST(jpeg_segments_are_not_kept)
{
    enum { SEGMENTS = 512, BYTES = 0xffff + 2 };
    Bytes jpeg = golden("tests/golden/images/baseline.jpg");
    Bytes file = {.data = mem_realloc(NULL, jpeg.len + SEGMENTS * BYTES)};
    memset(file.data, 1, jpeg.len + SEGMENTS * BYTES);
    memcpy(file.data, "\xff\xd8", 2);
    for (size_t i = 0; i < SEGMENTS; i++)
        memcpy(file.data + 2 + i * BYTES, "\xff\xe1\xff\xff", 4);
    memcpy(file.data + 2 + SEGMENTS * BYTES, jpeg.data + 2, jpeg.len - 2);
    file.len = jpeg.len + SEGMENTS * BYTES;
    bytes_free(&jpeg);
    Error damage, err;
    const size_t before = mem_peak();
    ck_assert_int_eq(decode(file, NULL, &damage, &err), 0);
    ck_assert_int_eq(damage.code, 0);
    ck_assert_uint_lt(mem_peak() - before, 8 << 20);
}
END_TEST

/* ---- GIF -------------------------------------------------------------------------------- */

static void put_code(Bytes *file, int64_t *bit, int code, int size)
{
    for (int i = 0; i < size; i++, (*bit)++)
        file->data[*bit / 8] |= (uint8_t)((code >> i & 1) << *bit % 8);
}

/* The codes of ever longer strings, then `more` times the longest one, of 4,090 pixels. */
static Bytes long_codes(int more)
{
    int64_t bits = 0;
    Bytes code = {.data = mem_calloc((size_t)more * 2 + 8192, 1)};
    put_code(&code, &bits, 4, 3);
    put_code(&code, &bits, 0, 3);
    for (int next = 6, size = 3; next < 4096; next++) {
        put_code(&code, &bits, next, size);
        if (next == (1 << size) - 1 && size < 12) size++;
    }
    for (int i = 0; i < more; i++) put_code(&code, &bits, 4095, 12);
    code.len = (size_t)bits / 8;
    return code;
}

/* Codes behind the last pixel are not unpacked: that would take seconds. */
START_TEST(gif_ends_with_its_pixels)
{
    static const char head[] = "GIF89a\2\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\2\0\1\0\0\2";
    Bytes code = long_codes(1 << 21), file = copy_of(head, sizeof head - 1);
    file.data = mem_realloc(file.data, code.len + code.len / 255 + 100);
    for (size_t at = 0; at + 255 <= code.len; at += 255) {
        file.data[file.len] = 255;
        memcpy(file.data + file.len + 1, code.data + at, 255);
        file.len += 256;
    }
    Error damage, err;
    const double start = log_now();
    ck_assert_int_eq(decode(file, NULL, &damage, &err), 0);
    ck_assert_int_eq(damage.code, 0);
    ck_assert_double_lt(log_now() - start, 1);
    bytes_free(&code);
}
END_TEST

Suite *test_budget_suite(void);
Suite *test_budget_suite(void)
{
    Suite *s = suite_create("budget");
    TCase *t = tcase_create("budget");
    tcase_add_loop_test(t, limits_name_their_option, 0, sizeof large / sizeof *large);
    tcase_add_test(t, the_defaults_agree);
    tcase_add_test(t, limits_by_default);
    tcase_add_loop_test(t, time_is_limited, 0, 6);
    tcase_add_test(t, png_texts_are_not_read);
    tcase_add_test(t, png_ends_with_its_rows);
    tcase_add_test(t, jpeg_scans_are_counted);
    tcase_add_test(t, jpeg_segments_are_not_kept);
    tcase_add_test(t, gif_ends_with_its_pixels);
    suite_add_tcase(s, t);
    return s;
}
