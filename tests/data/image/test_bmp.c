/* SPDX-License-Identifier: Apache-2.0 */
/* BMP: depths, headers, masks, directions; truncated and unsupported files. */
#include "data/image/image.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { W = 5, H = 3, MASKS = 3, PALETTE = 2 };

typedef struct Build {
    int header, bits, colors;
    bool down;
    uint32_t mask[MASKS]; /* 0: no bit fields */
} Build;

static const uint8_t colors[PALETTE][3] = {{10, 20, 30}, {200, 100, 50}}; /* red, green, blue */

static void put(uint8_t **p, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) *(*p)++ = (uint8_t)(v >> 8 * i);
}

/* The color of a pixel in 5 bits per channel; with a palette one of two. */
static void color_of(const Build *b, int x, int y, uint8_t rgb[static 3])
{
    const uint8_t high[3] = {(uint8_t)((x * 7 + y) % 32), (uint8_t)((x + y * 9) % 32),
                             (uint8_t)((x * y + 3) % 32)};
    for (int c = 0; c < 3; c++)
        rgb[c] = b->bits <= 8 ? colors[(x + y) % PALETTE][c] : (uint8_t)(high[c] * 255 / 31);
}

static uint32_t scaled(uint8_t value, uint32_t mask)
{
    const uint32_t low = mask & (~mask + 1), most = mask / low;
    return (value * most + 254) / 255 * low;
}

static uint32_t pixel_of(const Build *b, int x, int y)
{
    static const uint32_t small[] = {0x7c00, 0x3e0, 0x1f}, large[] = {0xff0000, 0xff00, 0xff};
    const uint32_t *mask = b->mask[0] ? b->mask : b->bits == 16 ? small : large;
    uint8_t rgb[3];
    color_of(b, x, y, rgb);
    return scaled(rgb[0], mask[0]) | scaled(rgb[1], mask[1]) | scaled(rgb[2], mask[2]);
}

static void put_row(const Build *b, int y, uint8_t *row)
{
    for (int x = 0; x < W; x++) {
        const int bit = x * b->bits, index = (x + y) % PALETTE;
        uint8_t *p = row + bit / 8;
        if (b->bits <= 8)
            *p |= (uint8_t)(index << (8 - b->bits - bit % 8));
        else
            put(&p, pixel_of(b, x, y), b->bits / 8);
    }
}

/* Builds a file of at most 256 bytes and returns its length. */
static size_t build(const Build *b, uint8_t file[static 256])
{
    const int stride = (W * b->bits + 31) / 32 * 4, entry = b->header == 12 ? 3 : 4;
    const int palette = b->bits <= 8 ? (b->colors ? b->colors : 1 << b->bits) : 0;
    const bool masks = b->mask[0] && b->header == 40;
    uint8_t *p = file;
    memset(file, 0, 256);
    put(&p, 'B' | 'M' << 8, 2);
    p += 8;
    put(&p, (uint32_t)(14 + b->header + palette * entry + (masks ? 12 : 0)), 4);
    put(&p, (uint32_t)b->header, 4);
    put(&p, W, b->header == 12 ? 2 : 4);
    put(&p, (uint32_t)(b->down ? -H : H), b->header == 12 ? 2 : 4);
    put(&p, 1, 2);
    put(&p, (uint32_t)b->bits, 2);
    if (b->header > 12) put(&p, b->mask[0] ? 3 : 0, 4);
    if (b->header > 12) file[46] = (uint8_t)b->colors;
    p = file + 14 + (b->header > 12 ? 40 : 12);
    for (int c = 0; b->mask[0] && c < MASKS; c++) put(&p, b->mask[c], 4);
    if (b->header > 40) p = file + 14 + b->header;
    for (int i = 0; i < palette; i++, p += entry)
        for (int c = 0; c < 3 && i < PALETTE; c++) p[c] = colors[i][2 - c];
    for (int i = 0; i < H; i++, p += stride) put_row(b, b->down ? i : H - 1 - i, p);
    return (size_t)(p - file);
}

static const Build CASE[] = {
    {40, 1, 0, false, {0}},
    {12, 1, 0, false, {0}},
    {40, 4, 0, true, {0}},
    {12, 4, 0, false, {0}},
    {40, 8, PALETTE, false, {0}},
    {108, 8, 9, true, {0}},
    {40, 16, 0, false, {0}},
    {40, 16, 0, true, {0x7c00, 0x3e0, 0x1f}},
    {124, 16, 0, false, {0xf800, 0x7c0, 0x3e}},
    {40, 24, 0, false, {0}},
    {12, 24, 0, false, {0}},
    {40, 32, 0, true, {0}},
    {56, 32, 0, false, {0xff, 0xff00, 0xff0000}},
    {40, 32, 0, false, {0xff000000, 0xff0000, 0xff00}},
};

static void check_rows(const Build *b, const Image *image, int missing)
{
    static const uint8_t black[3] = {0};
    ck_assert_int_eq(image->width, W);
    ck_assert_int_eq(image->height, H);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t rgb[3];
            const bool there = b->down ? y < H - missing : y >= missing;
            color_of(b, x, y, rgb);
            ck_assert_mem_eq(image->rgb + 3 * (y * W + x),
                             there          ? rgb
                             : b->bits <= 8 ? colors[0]
                                            : black,
                             3);
        }
}

START_TEST(depths_and_headers)
{
    const Build *b = &CASE[_i];
    uint8_t file[256];
    Image image;
    Error damage = {0}, err = {0};
    const size_t len = build(b, file);
    ck_assert_msg(image_decode(file, len, NULL, &image, &damage, &err) == 0, "%s", err.text);
    ck_assert_int_eq(damage.code, 0);
    check_rows(b, &image, 0);
    image_free(&image);
    const size_t stride = (size_t)(W * b->bits + 31) / 32 * 4;
    ck_assert_int_eq(image_decode(file, len - 2 * stride, NULL, &image, &damage, &err), 0);
    ck_assert_str_eq(damage.text, "BMP: the file is truncated: 2 of 3 rows are missing");
    check_rows(b, &image, 2);
    image_free(&image);
}
END_TEST

/* Every prefix and every flipped bit, in a block whose end the address sanitizer watches. */
static void try(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    Image image;
    Error damage = {0}, err = {0};
    const int status = image_decode(copy, len, NULL, &image, &damage, &err);
    ck_assert_int_eq(status == 0, image.rgb != NULL);
    ck_assert_int_eq(status != 0, err.code != 0);
    image_free(&image);
    free(copy);
}

START_TEST(survives_cuts_and_flips)
{
    uint8_t file[256];
    const size_t len = build(&CASE[_i], file);
    for (size_t n = 1; n < len; n++) try(file, n);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try(file, len);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(refuses)
{
    uint8_t file[256];
    Image image;
    Error err = {0};
    const size_t len = build(&CASE[4], file);
    file[30] = 1; /* run lengths */
    ck_assert_int_eq(image_decode(file, len, NULL, &image, NULL, &err), -1);
    ck_assert_str_eq(err.text, "BMP: 8 bits per pixel with compression 1: not supported");
    err = (Error){0};
    file[14] = 39;
    ck_assert_int_eq(image_decode(file, len, NULL, &image, NULL, &err), -1);
    ck_assert_str_eq(err.text, "BMP: unknown header of 39 bytes");
}
END_TEST

Suite *test_bmp_suite(void);
Suite *test_bmp_suite(void)
{
    Suite *s = suite_create("bmp");
    TCase *t = tcase_create("bmp");
    tcase_add_loop_test(t, depths_and_headers, 0, sizeof CASE / sizeof *CASE);
    tcase_add_loop_test(t, survives_cuts_and_flips, 0, sizeof CASE / sizeof *CASE);
    tcase_add_test(t, refuses);
    suite_add_tcase(s, t);
    return s;
}
