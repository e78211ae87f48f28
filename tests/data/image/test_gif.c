/* SPDX-License-Identifier: Apache-2.0 */
/* GIF: first frame, canvas, transparency, interlacing, truncated and corrupt files. */
#include "core/mem.h"
#include "data/image/image.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FILE_OF(text)                                                                          \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }

typedef struct File {
    const uint8_t *bytes;
    size_t len;
} File;

/* Two frames of 13 x 11 pixels of the colors x / 2 y mod 4; color 2 is transparent. */
static const File animated =
    FILE_OF("\x47\x49\x46\x38\x39\x61\x0d\x00\x0b\x00\x81\x00\x00\x0a\x14\x1e\xc8\x00\x00"
            "\x00\x96\x00\xf0\xf0\xfa\x21\xf9\x04\x01\x00\x00\x02\x00\x2c\x00\x00\x00\x00"
            "\x0d\x00\x0b\x00\x00\x08\x3e\x00\x01\x08\x1c\x48\xb0\x60\x80\x00\x02\x04\x0c"
            "\x18\x20\xf0\xa0\x00\x81\x09\x21\x3e\x04\x10\x51\xe0\xc2\x84\x07\x2d\x0e\x98"
            "\x58\xb0\x63\x43\x84\x0a\x19\x02\x70\x28\xb1\x24\x45\x8e\x17\x05\x64\x04\x70"
            "\xd1\xa3\x4b\x87\x21\x3f\x4e\xac\x48\xf3\x61\x40\x00\x21\xf9\x04\x01\x00\x00"
            "\x02\x00\x2c\x00\x00\x00\x00\x0d\x00\x0b\x00\x81\x0a\x14\x1e\xc8\x00\x00\x00"
            "\x96\x00\xf0\xf0\xfa\x08\x3e\x00\x07\x08\x1c\x48\xb0\xa0\x00\x01\x01\x02\x00"
            "\x00\x20\xf0\x60\x00\x81\x09\x21\x3e\x1c\x10\x51\xe0\xc2\x84\x07\x2d\x02\x98"
            "\x58\xb0\x63\x43\x84\x0a\x19\x0e\x70\x28\xb1\x24\x45\x8e\x17\x03\x64\x1c\x70"
            "\xd1\xa3\x4b\x87\x21\x3f\x4e\xac\x48\xf3\x61\x40\x00\x3b");

/* The same picture with 16 x 19 pixels, interlaced. */
static const File interlaced =
    FILE_OF("\x47\x49\x46\x38\x39\x61\x10\x00\x13\x00\x81\x00\x00\x0a\x14\x1e\xc8\x00\x00"
            "\x00\x96\x00\xf0\xf0\xfa\x21\xf9\x04\x01\x00\x00\x02\x00\x2c\x00\x00\x00\x00"
            "\x10\x00\x13\x00\x40\x08\x67\x00\x01\x08\x1c\x48\xb0\xa0\xc1\x83\x08\x13\x2a"
            "\x5c\xc8\x90\xa0\x00\x01\x02\x1f\x46\x84\x08\x40\x62\x45\x8a\x16\x33\x62\xdc"
            "\x38\xb1\xe3\x45\x8f\x1a\x41\x72\xfc\x08\x20\x40\x80\x87\x03\x06\x08\x34\x89"
            "\x52\x25\x80\x94\x0f\x4d\x0a\x84\x29\x40\x66\xc9\x93\x02\x52\xae\xc4\xa9\xf3"
            "\xe5\x80\x98\x01\x66\xfe\xac\x19\xf4\x66\xcb\x9d\x47\x7d\x02\x15\xba\xd4\x68"
            "\x4e\x97\x2c\x9f\x32\x25\x3a\xd5\x66\xd4\x9e\x57\x07\x04\x04\x00\x3b");

static const uint8_t palette[4][3] = {{10, 20, 30}, {200, 0, 0}, {0, 150, 0}, {240, 240, 250}};
static const uint8_t white[3] = {255, 255, 255};

static Image decode(const void *bytes, size_t len, enum ImageAlpha alpha, const char *why)
{
    Image image;
    Error damage = {0}, err = {0};
    ck_assert_msg(
        image_decode(bytes, len, &(ImageRules){.alpha = alpha}, &image, &damage, &err) == 0,
        "%s", err.text);
    ck_assert_int_eq(damage.code == 0, why == NULL);
    if (why) ck_assert_msg(strstr(damage.text, why) != NULL, "%s", damage.text);
    return image;
}

static const uint8_t *color(int64_t x, int64_t y) { return palette[x / 2 * y % 4]; }

/* The first `count` pixels of a frame of this width are right, and the others have color 2. */
static void check(const Image *image, int64_t width, int64_t height, int64_t count)
{
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            const bool in = x < width && y < height && y * width + x < count;
            ck_assert_mem_eq(image->rgb + 3 * (y * image->width + x),
                             in ? color(x, y) : palette[2], 3);
        }
}

START_TEST(first_frame)
{
    Image image = decode(animated.bytes, animated.len, IMAGE_ALPHA_DROP, NULL);
    ck_assert_int_eq(image.width, 13);
    ck_assert_int_eq(image.height, 11);
    check(&image, 13, 11, 143);
    ck_assert(image.transparent);
    image_free(&image);
    image = decode(interlaced.bytes, interlaced.len, IMAGE_ALPHA_DROP, NULL);
    ck_assert_int_eq(image.width, 16);
    check(&image, 16, 19, 16 * 19);
    image_free(&image);
}
END_TEST

START_TEST(transparent_pixels)
{
    Image image = decode(animated.bytes, animated.len, IMAGE_ALPHA_WHITE, NULL);
    for (int64_t i = 0; i < 143; i++) {
        const uint8_t *want = color(i % 13, i / 13);
        ck_assert_mem_eq(image.rgb + 3 * i, want == palette[2] ? white : want, 3);
    }
    image_free(&image);
}
END_TEST

/* A canvas larger than its frame, and one that the frame enlarges. */
START_TEST(canvas)
{
    uint8_t *copy = mem_alloc(animated.len);
    memcpy(copy, animated.bytes, animated.len);
    copy[6] = 20, copy[8] = 12;
    Image image = decode(copy, animated.len, IMAGE_ALPHA_DROP, NULL);
    ck_assert_int_eq(image.width, 20);
    ck_assert_int_eq(image.height, 12);
    check(&image, 13, 11, 143);
    image_free(&image);
    copy[6] = 3, copy[8] = 0;
    image = decode(copy, animated.len, IMAGE_ALPHA_DROP, NULL);
    ck_assert_int_eq(image.width, 13);
    check(&image, 13, 11, 143);
    image_free(&image);
    mem_free(copy);
}
END_TEST

/* The pixels of the first frame are one block of 62 bytes, its length at offset 44. */
enum { BLOCK = 44, BLOCK_LEN = 62 };

START_TEST(truncated_or_corrupt)
{
    uint8_t *copy = mem_alloc(animated.len);
    Image image;
    Error err = {0};
    memcpy(copy, animated.bytes, animated.len);
    copy[BLOCK] = 30; /* a shorter block, and no block behind it */
    copy[BLOCK + 31] = 0;
    image =
        decode(copy, animated.len, IMAGE_ALPHA_DROP, "GIF: truncated or corrupt: 93 of 143");
    check(&image, 13, 11, 50);
    image_free(&image);
    ck_assert_int_eq(image_decode(animated.bytes, BLOCK + BLOCK_LEN, NULL, &image, NULL, &err),
                     -1); /* a block that is cut is not used */
    ck_assert_str_eq(err.text, "GIF: not a single pixel: truncated or corrupt");
    for (size_t len = 6; len < BLOCK; len++) {
        err = (Error){0};
        ck_assert_int_eq(image_decode(animated.bytes, len, NULL, &image, NULL, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "GIF: "));
    }
    mem_free(copy);
}
END_TEST

/* A block of exactly this length lets the address sanitizer detect a read past the end. */
static void try(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    Image image;
    Error damage = {0}, err = {0};
    const int status = image_decode(copy, len, &(ImageRules){.alpha = IMAGE_ALPHA_WHITE},
                                    &image, &damage, &err);
    ck_assert_int_eq(status == 0, image.rgb != NULL);
    ck_assert_int_eq(status != 0, err.code != 0);
    image_free(&image);
    free(copy);
}

START_TEST(survives_cuts_and_flips)
{
    const File file = _i ? interlaced : animated;
    uint8_t *copy = mem_alloc(file.len);
    for (size_t n = 1; n < file.len; n++) try(file.bytes, n);
    for (size_t bit = 0; bit < 8 * file.len; bit++) {
        memcpy(copy, file.bytes, file.len);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try(copy, file.len);
    }
    mem_free(copy);
}
END_TEST

Suite *test_gif_suite(void);
Suite *test_gif_suite(void)
{
    Suite *s = suite_create("gif");
    TCase *t = tcase_create("gif");
    tcase_add_test(t, first_frame);
    tcase_add_test(t, transparent_pixels);
    tcase_add_test(t, canvas);
    tcase_add_test(t, truncated_or_corrupt);
    tcase_add_loop_test(t, survives_cuts_and_flips, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
