/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/rng.h"
#include "data/image/image.h"
#include "tests/data/image/png_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static Image drawn(int64_t width, int64_t height, uint64_t seed)
{
    Image image = image_new(width, height);
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)(100 + i % 97 + rng_below(&rng, 30));
    return image;
}

static Bytes jpeg_of(const Image *image)
{
    Bytes file;
    ck_assert_int_eq(image_encode_jpeg(image, 90, &file, NULL), 0);
    return file;
}

START_TEST(writes_png_without_loss)
{
    Image a = drawn(37, 5, 1), b;
    const char *path = scratch_path(&scratch, "a.png");
    ck_assert_int_eq(image_write_png(path, &a, NULL), 0);
    ck_assert_int_eq(image_read(path, NULL, &b, NULL, NULL), 0);
    ck_assert_int_eq(b.width, 37);
    ck_assert_int_eq(b.height, 5);
    ck_assert_mem_eq(a.rgb, b.rgb, 37 * 5 * 3);
    image_free(&a);
    image_free(&b);
    image_free(&b);
}
END_TEST

START_TEST(writes_jpeg_with_little_loss)
{
    Image a = image_new(33, 18), b;
    for (int64_t i = 0; i < 33 * 18; i++)
        for (int c = 0; c < 3; c++)
            a.rgb[3 * i + c] = (uint8_t)(20 + 5 * (i % 33) + 40 * c / 3);
    Bytes file = jpeg_of(&a);
    ck_assert_int_eq(image_decode(file.data, file.len, NULL, &b, NULL, NULL), 0);
    for (int64_t i = 0; i < 33 * 18 * 3; i++) ck_assert_int_le(abs(a.rgb[i] - b.rgb[i]), 12);
    bytes_free(&file);
    image_free(&a);
    image_free(&b);
}
END_TEST

START_TEST(writing_to_nowhere_fails)
{
    Image a = drawn(3, 3, 1);
    Error err = {0};
    ck_assert_int_eq(image_write_png("/nonexistent/x.png", &a, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RUNTIME);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x.png"));
    image_free(&a);
}
END_TEST

START_TEST(writing_needs_a_quality)
{
    Image a = drawn(3, 3, 1);
    Bytes file;
    image_encode_jpeg(&a, 101, &file, NULL);
}
END_TEST

START_TEST(sizes_have_limits) { image_new(1 << 15, 1 << 14); }
END_TEST

/* ---- every color type and depth ---- */

enum { GRAY = 0, RGB = 2, PALETTE = 3, GRAY_ALPHA = 4, RGB_ALPHA = 6, SIDE = 9 };

static int channels_of(int color)
{
    return color == RGB ? 3 : color == GRAY_ALPHA ? 2 : color == RGB_ALPHA ? 4 : 1;
}

static unsigned sample_at(const PngBuild *b, int64_t x, int64_t y, int c)
{
    const uint8_t *row = b->rows + (size_t)y * b->row_len;
    const int64_t i = x * channels_of(b->color) + c;
    if (b->depth == 16) return (unsigned)(row[2 * i] << 8 | row[2 * i + 1]);
    const int64_t bit = i * b->depth;
    return (unsigned)(row[bit / 8] >> (8 - b->depth - bit % 8)) & ((1u << b->depth) - 1);
}

static unsigned to8(const PngBuild *b, unsigned v)
{
    return b->depth == 16 ? v >> 8 : v * 255 / ((1u << b->depth) - 1);
}

/* Expected pixel (x, y) as red, green, blue, alpha with 8 bits each. */
static void wanted(const PngBuild *b, int64_t x, int64_t y, unsigned out[4])
{
    const int n = channels_of(b->color);
    unsigned v[4];
    bool key = b->transparent_len > 0 && b->color != PALETTE;
    for (int c = 0; c < n; c++) {
        v[c] = sample_at(b, x, y, c);
        if (key)
            key = v[c] == (unsigned)(b->transparent[2 * c] << 8 | b->transparent[2 * c + 1]);
    }
    out[3] = key ? 0 : 255;
    for (int c = 0; c < 3; c++) out[c] = to8(b, v[n >= 3 ? c : 0]);
    if (n == 2 || n == 4) out[3] = to8(b, v[n - 1]);
    if (b->color != PALETTE) return;
    for (int c = 0; c < 3; c++) out[c] = b->palette[3 * v[0] + (unsigned)c];
    if (v[0] < b->transparent_len) out[3] = b->transparent[v[0]];
}

static void check_png(const PngBuild *b, enum ImageAlpha alpha)
{
    size_t len;
    uint8_t *file = png_build(b, &len);
    Image image;
    Error err = {0};
    ck_assert_msg(image_decode(file, len, &(ImageRules){.alpha = alpha}, &image, NULL, &err) ==
                      0,
                  "color %d depth %d: %s", b->color, b->depth, err.text);
    for (int64_t i = 0; i < SIDE * SIDE; i++) {
        unsigned want[4];
        wanted(b, i % SIDE, i / SIDE, want);
        for (int c = 0; c < 3; c++) {
            double w = want[c];
            if (alpha == IMAGE_ALPHA_WHITE)
                w = (want[c] * want[3] + 255.0 * (255 - want[3])) / 255.0;
            ck_assert_msg((double)image.rgb[3 * i + c] - w < 0.5 + 1e-9 &&
                              w - (double)image.rgb[3 * i + c] < 0.5 + 1e-9,
                          "color %d depth %d alpha %d pixel %d: %d, want %g", b->color,
                          b->depth, (int)alpha, (int)i, image.rgb[3 * i + c], w);
        }
    }
    image_free(&image);
    free(file);
}

static const struct {
    int color, depth;
    bool transparent;
} kinds[] = {{GRAY, 1, false},       {GRAY, 2, false},        {GRAY, 4, true},
             {GRAY, 8, false},       {GRAY, 8, true},         {GRAY, 16, false},
             {GRAY, 16, true},       {RGB, 8, false},         {RGB, 8, true},
             {RGB, 16, false},       {RGB, 16, true},         {PALETTE, 1, true},
             {PALETTE, 2, false},    {PALETTE, 4, true},      {PALETTE, 8, true},
             {GRAY_ALPHA, 8, false}, {GRAY_ALPHA, 16, false}, {RGB_ALPHA, 8, false},
             {RGB_ALPHA, 16, false}};

START_TEST(decodes_every_png)
{
    uint8_t palette[768], transparent[256], rows[SIDE * SIDE * 8];
    Rng rng = rng_new(5, 0, (uint64_t)_i, RNG_TEST);
    for (int i = 0; i < 768; i++) palette[i] = (uint8_t)rng_below(&rng, 256);
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)rng_below(&rng, 256);
    for (int i = 0; i < 256; i++) transparent[i] = (uint8_t)rng_below(&rng, 256);
    PngBuild b = {.width = SIDE, .height = SIDE, .rows = rows};
    b.color = kinds[_i].color;
    b.depth = kinds[_i].depth;
    b.row_len = (size_t)(SIDE * channels_of(b.color) * b.depth + 7) / 8;
    b.palette = palette;
    b.transparent = transparent;
    if (b.color == PALETTE) b.palette_len = 3u << b.depth;
    if (kinds[_i].transparent)
        b.transparent_len = b.color == PALETTE ? 2 : b.color == RGB ? 6 : 2;
    for (int c = 0; b.color != PALETTE && c < 3; c++) { /* the color of the first pixel */
        const unsigned v = c < channels_of(b.color) ? sample_at(&b, 0, 0, c) : 0;
        transparent[2 * c] = (uint8_t)(v >> 8);
        transparent[2 * c + 1] = (uint8_t)v;
    }
    check_png(&b, IMAGE_ALPHA_DROP);
    check_png(&b, IMAGE_ALPHA_WHITE);
}
END_TEST

/* WebP with alpha: the stored colors, or the colors blended over white. */
START_TEST(webp_alpha_blends_over_white)
{
    Image drop, white;
    const char *path = "tests/golden/images/alpha.webp";
    ck_assert_int_eq(image_read(path, NULL, &drop, NULL, NULL), 0);
    ck_assert_int_eq(
        image_read(path, &(ImageRules){.alpha = IMAGE_ALPHA_WHITE}, &white, NULL, NULL), 0);
    ck_assert(drop.transparent && white.transparent);
    int64_t brighter = 0;
    for (int64_t i = 0; i < drop.width * drop.height * 3; i++) {
        ck_assert_int_ge(white.rgb[i], drop.rgb[i]);
        brighter += white.rgb[i] > drop.rgb[i];
    }
    ck_assert_int_gt(brighter, 0);
    image_free(&drop);
    image_free(&white);
}
END_TEST

START_TEST(cut_jpeg_ends_in_gray)
{
    Image whole = drawn(64, 96, 2), a, b;
    Bytes file = jpeg_of(&whole);
    ck_assert_int_eq(image_decode(file.data, file.len, NULL, &a, NULL, NULL), 0);
    ck_assert_int_eq(image_decode(file.data, file.len / 2, NULL, &b, NULL, NULL), 0);
    ck_assert_int_eq(b.height, 96);
    ck_assert_mem_eq(a.rgb, b.rgb, 64 * 3 * 16);
    for (int64_t i = 64 * 3 * 90; i < 64 * 3 * 96; i++) ck_assert_int_eq(b.rgb[i], 128);
    bytes_free(&file);
    image_free(&whole);
    image_free(&a);
    image_free(&b);
}
END_TEST

Suite *test_image_suite(void);
Suite *test_image_suite(void)
{
    Suite *s = suite_create("image");
    TCase *t = tcase_create("image");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, writes_png_without_loss);
    tcase_add_test(t, writes_jpeg_with_little_loss);
    tcase_add_test(t, writing_to_nowhere_fails);
    tcase_add_test_raise_signal(t, writing_needs_a_quality, SIGABRT);
    tcase_add_test_raise_signal(t, sizes_have_limits, SIGABRT);
    tcase_add_loop_test(t, decodes_every_png, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(t, webp_alpha_blends_over_white);
    tcase_add_test(t, cut_jpeg_ends_in_gray);
    suite_add_tcase(s, t);
    return s;
}
