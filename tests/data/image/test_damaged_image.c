/* SPDX-License-Identifier: Apache-2.0 */
/* Truncated and corrupt images that are read as far as possible: the pixels that are there, a
 * known color elsewhere, and the reason. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "tests/data/image/png_build.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Image decode(const void *bytes, size_t len, enum ImageAlpha alpha, Error *damage)
{
    Image image;
    Error err = {0};
    *damage = (Error){0};
    ck_assert_msg(
        image_decode(bytes, len, &(ImageRules){.alpha = alpha}, &image, damage, &err) == 0,
        "%s", err.text);
    return image;
}

static Image sound(const void *bytes, size_t len, enum ImageAlpha alpha)
{
    Error damage;
    Image image = decode(bytes, len, alpha, &damage);
    ck_assert_msg(damage.code == 0, "%s", damage.text);
    return image;
}

static Image damaged(const void *bytes, size_t len, enum ImageAlpha alpha, const char *why)
{
    Error damage;
    Image image = decode(bytes, len, alpha, &damage);
    ck_assert_int_eq(damage.code, ERROR_DATA);
    ck_assert_msg(strstr(damage.text, why) != NULL, "want '%s': %s", why, damage.text);
    return image;
}

static void same_pixels(const Image *a, const Image *b)
{
    ck_assert_int_eq(a->width, b->width);
    ck_assert_int_eq(a->height, b->height);
    ck_assert_mem_eq(a->rgb, b->rgb, (size_t)(3 * a->width * a->height));
}

static Bytes golden(const char *name)
{
    Bytes file;
    char path[128];
    snprintf(path, sizeof path, "tests/golden/images/%s", name);
    ck_assert_int_eq(file_read(path, &file, NULL), 0);
    return file;
}

/* ---- PNG --------------------------------------------------------------------------------- */

enum { SIDE = 16, BYTE_RGB = 2, PACKED = 9 };

/* Files of 16 x 16 pixels, and the color of their missing rows. */
static const struct {
    int depth, color;
    size_t row_len;
    enum ImageAlpha alpha;
    uint8_t missing[3];
} PNG[] = {
    {8, 0, 16, IMAGE_ALPHA_DROP, {0, 0, 0}},
    {16, 0, 32, IMAGE_ALPHA_DROP, {0, 0, 0}},
    {8, 2, 48, IMAGE_ALPHA_DROP, {0, 0, 0}},
    {8, 2, 48, IMAGE_ALPHA_WHITE, {0, 0, 0}},
    {8, 3, 16, IMAGE_ALPHA_DROP, {90, 80, 70}},
    {8, 3, 16, IMAGE_ALPHA_WHITE, {172, 167, 162}}, /* its entry 0 is half transparent */
    {8, 4, 32, IMAGE_ALPHA_DROP, {0, 0, 0}},
    {8, 6, 64, IMAGE_ALPHA_DROP, {0, 0, 0}},
    {8, 6, 64, IMAGE_ALPHA_WHITE, {255, 255, 255}},
    {1, 0, 2, IMAGE_ALPHA_DROP, {0, 0, 0}}, /* from PACKED on several pixels in a byte */
    {2, 3, 4, IMAGE_ALPHA_DROP, {90, 80, 70}},
};

static uint8_t *build(int i, bool interlaced, size_t *len)
{
    static uint8_t rows[SIDE * 64];
    static const uint8_t palette[12] = {90, 80, 70, 1, 2, 3, 4, 5, 6, 250, 251, 252};
    static const uint8_t transparent[1] = {128};
    const bool indexed = PNG[i].color == 3;
    for (size_t j = 0; j < sizeof rows; j++)
        rows[j] = (uint8_t)(indexed && PNG[i].depth == 8 ? 1 + j % 3 : 17 + 31 * j);
    const PngBuild b = {.width = SIDE,
                        .height = SIDE,
                        .depth = PNG[i].depth,
                        .color = PNG[i].color,
                        .palette = palette,
                        .palette_len = indexed ? sizeof palette : 0,
                        .transparent = transparent,
                        .transparent_len = indexed ? sizeof transparent : 0,
                        .rows = rows,
                        .row_len = PNG[i].row_len,
                        .interlaced = interlaced};
    return png_build(&b, len);
}

START_TEST(png_without_its_last_rows)
{
    enum { KEPT = 5 };
    size_t len;
    uint8_t *file = build(_i, false, &len);
    const size_t row = PNG[_i].row_len + 6; /* a stored block */
    const size_t end = len - 12 - 4 - 4;    /* IEND, the checksums of IDAT and of zlib */
    Image whole = sound(file, len, PNG[_i].alpha);
    for (size_t extra = 0; extra < row; extra += row - 1) {
        Image cut = damaged(file, end - (SIDE - KEPT) * row + extra, PNG[_i].alpha,
                            "PNG: the file is truncated: 11 of 16 rows are missing");
        ck_assert_mem_eq(cut.rgb, whole.rgb, KEPT * SIDE * 3);
        for (int p = KEPT * SIDE; p < SIDE * SIDE; p++)
            ck_assert_mem_eq(cut.rgb + 3 * p, PNG[_i].missing, 3);
        image_free(&cut);
    }
    image_free(&whole);
    free(file);
}
END_TEST

START_TEST(png_with_too_few_rows)
{
    static const uint8_t rows[64] = {7, 7, 7};
    PngBuild b = {.width = 8, .height = 8, .depth = 8, .rows = rows, .row_len = 8};
    size_t len;
    b.stored_rows = 7;
    uint8_t *file = png_build(&b, &len);
    Image image = damaged(file, len, IMAGE_ALPHA_DROP, "1 of 8 rows are missing");
    ck_assert_int_eq(image.rgb[0], 7);
    image_free(&image);
    free(file);
}
END_TEST

START_TEST(png_with_a_wrong_checksum)
{
    size_t len;
    uint8_t *file = build(BYTE_RGB, false, &len);
    Image whole = sound(file, len, IMAGE_ALPHA_DROP);
    file[len - 12 - 1] ^= 1;
    Image image = damaged(file, len, IMAGE_ALPHA_DROP, "PNG: the checksum of its pixels");
    same_pixels(&image, &whole);
    image_free(&image);
    image_free(&whole);
    free(file);
}
END_TEST

START_TEST(png_without_its_end_is_sound)
{
    size_t len;
    uint8_t *file = build(BYTE_RGB, false, &len);
    Image whole = sound(file, len, IMAGE_ALPHA_DROP);
    Image image = sound(file, len - 12, IMAGE_ALPHA_DROP);
    same_pixels(&image, &whole);
    image_free(&image);
    image_free(&whole);
    free(file);
}
END_TEST

/* The first pass holds every eighth pixel of every eighth row, the last one the odd rows. */
START_TEST(png_interlaced)
{
    size_t flat_len, len;
    uint8_t *flat = build(_i, false, &flat_len), *file = build(_i, true, &len);
    Image whole = sound(flat, flat_len, PNG[_i].alpha), image = sound(file, len, PNG[_i].alpha);
    same_pixels(&image, &whole);
    image_free(&image);
    image = damaged(file, len / 2, PNG[_i].alpha, "truncated: part of its pixels is missing");
    for (int64_t i = 0; i < SIDE * SIDE; i++) {
        const bool there = (i / SIDE) % 8 == 0 && i % 8 == 0;
        if (there) ck_assert_mem_eq(image.rgb + 3 * i, whole.rgb + 3 * i, 3);
        if (i / SIDE % 2) ck_assert_mem_eq(image.rgb + 3 * i, PNG[_i].missing, 3);
    }
    image_free(&image);
    image_free(&whole);
    free(file);
    free(flat);
}
END_TEST

/* ---- JPEG -------------------------------------------------------------------------------- */

START_TEST(jpeg_truncated)
{
    Bytes file = golden("baseline.jpg");
    Image whole = sound(file.data, file.len, IMAGE_ALPHA_DROP);
    Image cut =
        damaged(file.data, file.len / 2, IMAGE_ALPHA_DROP, "JPEG: the file is truncated");
    ck_assert_mem_eq(cut.rgb, whole.rgb, (size_t)(3 * 8 * whole.width));
    ck_assert_int_eq(cut.rgb[3 * cut.width * cut.height - 1], 128);
    Image no_end = sound(file.data, file.len - 2, IMAGE_ALPHA_DROP);
    same_pixels(&no_end, &whole);
    image_free(&no_end);
    image_free(&cut);
    image_free(&whole);
    bytes_free(&file);
}
END_TEST

START_TEST(jpeg_corrupt)
{
    Bytes file = golden("baseline.jpg");
    memcpy(file.data + file.len / 2, "\xff\xd9", 2); /* an early end */
    Image image = damaged(file.data, file.len, IMAGE_ALPHA_DROP, "JPEG: Corrupt JPEG data: ");
    image_free(&image);
    bytes_free(&file);
}
END_TEST

/* Offset of the last segment with this marker. */
static size_t last_marker(const Bytes *file, uint8_t marker)
{
    size_t at = file->len - 2;
    while (at > 0 && !(file->data[at] == 0xff && file->data[at + 1] == marker)) at--;
    ck_assert_uint_gt(at, 0);
    return at;
}

/* A progressive file has tables between its scans: where one is cut or corrupt, the scans
 * before it count. */
START_TEST(jpeg_with_a_broken_table)
{
    Bytes file = golden("progressive.jpg");
    const size_t table = last_marker(&file, 0xc4);
    Image want = damaged(file.data, table, IMAGE_ALPHA_DROP, "JPEG: the file is truncated"),
          image;
    for (size_t extra = 1; extra < 12; extra++) {
        image = damaged(file.data, table + extra, IMAGE_ALPHA_DROP, "the file is truncated");
        same_pixels(&image, &want);
        image_free(&image);
    }
    memset(file.data + table + 5, 0xee, 16); /* numbers of codes */
    image = damaged(file.data, file.len, IMAGE_ALPHA_DROP, "JPEG: Bogus Huffman table");
    same_pixels(&image, &want);
    image_free(&image);
    image_free(&want);
    bytes_free(&file);
}
END_TEST

/* ---- WebP -------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, const char *name, const void *data, size_t n)
{
    memcpy(to, name, 4);
    for (int i = 0; i < 4; i++) to[4 + i] = (uint8_t)(n >> 8 * i);
    if (data) memcpy(to + 8, data, n);
    return to + 8 + n;
}

static void put24(uint8_t *to, size_t v)
{
    for (int i = 0; i < 3; i++) to[i] = (uint8_t)(v >> 8 * i);
}

/* An animation whose two frames are a still file, at (2, 4) of a canvas with a margin of 10. */
static Bytes animate(const Bytes *still, const Image *image)
{
    uint8_t canvas[10] = {2}, frame[16] = {0}, *body = mem_alloc(2 * still->len + 200);
    uint8_t *p = body;
    put24(canvas + 4, (size_t)image->width + 9);
    put24(canvas + 7, (size_t)image->height + 9);
    put24(frame, 1);
    put24(frame + 3, 2);
    put24(frame + 6, (size_t)image->width - 1);
    put24(frame + 9, (size_t)image->height - 1);
    memcpy(p, "WEBP", 4);
    p = put(p + 4, "VP8X", canvas, sizeof canvas);
    p = put(p, "ANIM", "\xff\xff\xff\xff\0\0", 6);
    for (int i = 0; i < 2; i++) {
        uint8_t *start = p;
        p = put(p, "ANMF", frame, sizeof frame);
        memcpy(p, still->data + 12, still->len - 12);
        p += still->len - 12;
        put(start, "ANMF", NULL, (size_t)(p - start) - 8);
    }
    Bytes file = {mem_realloc(NULL, (size_t)(p - body) + 8), (size_t)(p - body) + 8};
    put(file.data, "RIFF", body, (size_t)(p - body));
    mem_free(body);
    return file;
}

static void check_first_frame(const Image *have, const Image *frame, int around)
{
    ck_assert_int_eq(have->width, frame->width + 10);
    for (int64_t y = 0; y < have->height; y++)
        for (int64_t x = 0; x < have->width; x++) {
            const bool in = x >= 2 && x < 2 + frame->width && y >= 4 && y < 4 + frame->height;
            for (int c = 0; c < 3; c++)
                ck_assert_int_eq(have->rgb[3 * (y * have->width + x) + c],
                                 in ? frame->rgb[3 * ((y - 4) * frame->width + x - 2) + c]
                                    : around);
        }
}

START_TEST(webp_animation)
{
    static const char *const names[] = {"lossy.webp", "alpha.webp"};
    Bytes still = golden(names[_i]);
    if (memcmp(still.data + 12, "VP8X", 4) == 0) { /* its chunks without the header */
        memmove(still.data + 12, still.data + 30, still.len - 30);
        still.len -= 18;
    }
    Bytes whole = golden(names[_i]);
    Image drop = sound(whole.data, whole.len, IMAGE_ALPHA_DROP);
    Image white = sound(whole.data, whole.len, IMAGE_ALPHA_WHITE);
    Bytes file = animate(&still, &drop);
    Image image = sound(file.data, file.len, IMAGE_ALPHA_DROP);
    check_first_frame(&image, &drop, 0);
    image_free(&image);
    image = sound(file.data, file.len, IMAGE_ALPHA_WHITE);
    check_first_frame(&image, &white, 255);
    image_free(&image);
    image = damaged(file.data, file.len - 9, IMAGE_ALPHA_DROP, "truncated after its first");
    check_first_frame(&image, &drop, 0);
    image_free(&image);
    Error err = {0};
    ck_assert_int_eq(image_decode(file.data, file.len / 2 - 99, NULL, &image, NULL, &err), -1);
    ck_assert_str_eq(err.text, "WebP: the file is truncated");
    image_free(&white);
    image_free(&drop);
    bytes_free(&file);
    bytes_free(&whole);
    bytes_free(&still);
}
END_TEST

Suite *test_damaged_image_suite(void);
Suite *test_damaged_image_suite(void)
{
    Suite *s = suite_create("damaged_image");
    TCase *t = tcase_create("damaged_image");
    tcase_add_loop_test(t, png_without_its_last_rows, 0, sizeof PNG / sizeof *PNG);
    tcase_add_test(t, png_with_too_few_rows);
    tcase_add_test(t, png_with_a_wrong_checksum);
    tcase_add_test(t, png_without_its_end_is_sound);
    tcase_add_loop_test(t, png_interlaced, 0, PACKED);
    tcase_add_test(t, jpeg_truncated);
    tcase_add_test(t, jpeg_corrupt);
    tcase_add_test(t, jpeg_with_a_broken_table);
    tcase_add_loop_test(t, webp_animation, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
