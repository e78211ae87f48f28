/* SPDX-License-Identifier: Apache-2.0 */
/* Corrupt and hostile images: each gives one clear error, prints nothing and does not crash. */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/rng.h"
#include "data/image/image.h"
#include "tests/data/image/png_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void check_error(const char *path, const char *format, const char *why)
{
    Image image;
    Error err = {0};
    ck_assert_msg(image_read(path, NULL, &image, NULL, &err) == -1, "%s: read", path);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_ptr_null(image.rgb);
    ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "%s", err.text);
    ck_assert_msg(strstr(err.text, format) && strstr(err.text, why), "want %s %s: %s", format,
                  why, err.text);
}

static void refuse(const void *bytes, size_t len, const char *format, const char *why)
{
    check_error(scratch_write(&scratch, "bad.jpg", bytes, len), format, why);
}

START_TEST(no_image_at_all)
{
    refuse("", 0, "", "empty file");
    refuse("\xff", 1, "", "not a JPEG, PNG, WebP, GIF or BMP image: starts with ff");
    refuse("<html>404</html>", 16, "",
           "not a JPEG, PNG, WebP, GIF or BMP image: a web page (HTML)");
    refuse("\0\0\0\x20"
           "ftypavif",
           12, "", "an AVIF image");
    refuse("RIFF\x24\0\0\0WAVEfmt ", 16, "", "not a JPEG, PNG, WebP, GIF or BMP image");
    check_error(scratch.dir, "", "");
    check_error(scratch_path(&scratch, "missing.jpg"), "", "cannot open");
}
END_TEST

START_TEST(file_too_large)
{
    const char *path = scratch_text(&scratch, "sparse.jpg", "\xff\xd8\xff");
    ck_assert_int_eq(truncate(path, INT64_C(1) << 40), 0);
    check_error(
        path, "",
        "needs 1048577 MiB to decode, more than 512 MiB; to allow more: data.max_memory");
}
END_TEST

static void refuse_png(PngBuild b, const char *why)
{
    size_t len;
    uint8_t *file = png_build(&b, &len);
    refuse(file, len, "PNG: ", why);
    free(file);
}

START_TEST(bad_png)
{
    static const uint8_t rows[64] = {0};
    const PngBuild good = {.width = 8, .height = 8, .depth = 8, .rows = rows, .row_len = 8};
    PngBuild b;
    refuse("\x89PNG\r\n\x1a\n", 8, "PNG: ", "file is truncated");
    b = good, b.width = 0, refuse_png(b, "");
    b = good, b.height = 0x7fffffff, b.stored_rows = 8, refuse_png(b, "");
    b = good, b.width = 0xffffffff, b.stored_rows = 8, refuse_png(b, "");
    b = good, b.width = b.height = 60000, b.stored_rows = 8,
    refuse_png(b, "too many for a file of");
    b = good, b.width = b.height = 16000, b.stored_rows = 8,
    refuse_png(b, "too many for a file of");
    b = good, b.color = 5, refuse_png(b, "");
    b = good, b.depth = 3, refuse_png(b, "");
    b = good, b.color = 3, refuse_png(b, "");
    b = good, b.rows = NULL, refuse_png(b, "");
    b = good, b.row_len = 3, b.stored_rows = 2, refuse_png(b, "Not enough image data");
    size_t len;
    uint8_t *file = png_build(&good, &len);
    file[29] ^= 1; /* checksum of the header */
    refuse(file, len, "PNG: ", "CRC");
    free(file);
}
END_TEST

/* Offset of height and width, both big-endian, in the frame header. */
static size_t jpeg_size_at(const Bytes *file)
{
    size_t at = 0;
    for (size_t i = 2; i + 9 < file->len && !at; i++)
        if (file->data[i] == 0xff && file->data[i + 1] == 0xc0) at = i + 5;
    ck_assert_uint_gt(at, 0);
    return at;
}

START_TEST(bad_jpeg)
{
    Bytes file;
    ck_assert_int_eq(file_read("tests/golden/images/baseline.jpg", &file, NULL), 0);
    const size_t at = jpeg_size_at(&file);
    refuse("\xff\xd8\xff", 3, "JPEG: ", "");
    refuse(file.data, at, "JPEG: ", "");
    size_t scan = at;
    while (file.data[scan] != 0xff || file.data[scan + 1] != 0xda) scan++;
    refuse(file.data, scan + 14, "JPEG: ", "the file ends too early");
    memcpy(file.data + at, "\xff\xdc\xff\xdc", 4);
    refuse(file.data, file.len, "JPEG: ", "too many for a file of");
    memcpy(file.data + at, "\x40\0\x3f\0", 4);
    refuse(file.data, file.len, "JPEG: ", "too many for a file of");
    memcpy(file.data + at, "\0\x10\0\0", 4);
    refuse(file.data, file.len, "JPEG: ", "");
    bytes_free(&file);
}
END_TEST

START_TEST(bad_webp)
{
    Bytes file;
    ck_assert_int_eq(file_read("tests/golden/images/lossy.webp", &file, NULL), 0);
    refuse(file.data, 12, "WebP: ", "");
    refuse(file.data, 30, "WebP: ", "file is truncated");
    refuse(file.data, file.len / 2, "WebP: ", "file is truncated");
    file.data[15] = 'Z';
    refuse(file.data, file.len, "WebP: ", "");
    bytes_free(&file);
    uint8_t animated[30] = "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0";
    refuse(animated, sizeof animated, "WebP: ", "corrupt data");
}
END_TEST

static const char *const seeds[] = {
    "baseline.jpg",   "progressive.jpg", "cmyk.jpg",
    "gray.jpg",       "chroma420.jpg",   "palette_transparent.png",
    "interlaced.png", "gray16.png",      "one_bit.png",
    "rgba.png",       "lossy.webp",      "alpha.webp"};

static void try(const uint8_t *bytes, size_t len, const char *what)
{
    /* A block of exactly this length lets the address sanitizer detect a read past the end. */
    uint8_t *copy = malloc(len ? len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    for (int alpha = 0; alpha < 2; alpha++) {
        Image image;
        Error damage = {0}, err = {0};
        if (image_decode(copy, len,
                         &(ImageRules){.alpha = alpha ? IMAGE_ALPHA_WHITE : IMAGE_ALPHA_DROP},
                         &image, &damage, &err) == 0) {
            ck_assert_msg(image.rgb && image.width >= 1 && image.height >= 1, "%s", what);
            ck_assert_msg(!damage.code == !damage.text[0], "%s", what);
        } else {
            ck_assert_msg(!image.rgb && err.code == ERROR_DATA && err.text[0], "%s", what);
            ck_assert_msg(!strchr(err.text, '\n'), "%s: %s", what, err.text);
        }
        image_free(&image);
    }
    free(copy);
}

static void mangle(const Bytes *file, Rng *rng)
{
    const size_t step = file->len / 150 + 1;
    for (size_t n = 0; n < file->len; n += step) try(file->data, n, "cut");
    for (int round = 0; round < 250; round++) {
        uint8_t *copy = mem_alloc(file->len);
        memcpy(copy, file->data, file->len);
        /* Headers matter most: half of the flips hit the first 200 bytes. */
        for (int flips = 1 + round % 4; flips > 0; flips--) {
            const int64_t max = round % 2 && file->len > 200 ? 200 : (int64_t)file->len;
            copy[rng_below(rng, max)] ^= (uint8_t)(1u << rng_below(rng, 8));
        }
        try(copy, file->len, "flipped");
        mem_free(copy);
    }
}

START_TEST(survives_cuts_and_flips)
{
    char path[128];
    snprintf(path, sizeof path, "tests/golden/images/%s", seeds[_i]);
    Bytes file;
    ck_assert_int_eq(file_read(path, &file, NULL), 0);
    /* Output of a codec to stderr goes to a file that must stay empty. */
    const char *said = scratch_path(&scratch, "stderr.txt");
    fflush(stderr);
    const int kept = dup(2), to = open(said, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(kept, 0);
    ck_assert_int_ge(to, 0);
    dup2(to, 2);
    Rng rng = rng_new(9, 0, (uint64_t)_i, RNG_TEST);
    mangle(&file, &rng);
    fflush(stderr);
    dup2(kept, 2);
    close(kept);
    close(to);
    struct stat info;
    ck_assert_int_eq(stat(said, &info), 0);
    ck_assert_int_eq(info.st_size, 0);
    bytes_free(&file);
}
END_TEST

Suite *test_bad_image_suite(void);
Suite *test_bad_image_suite(void)
{
    Suite *s = suite_create("bad_image");
    TCase *t = tcase_create("bad_image");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, no_image_at_all);
    tcase_add_test(t, file_too_large);
    tcase_add_test(t, bad_png);
    tcase_add_test(t, bad_jpeg);
    tcase_add_test(t, bad_webp);
    tcase_add_loop_test(t, survives_cuts_and_flips, 0, sizeof seeds / sizeof *seeds);
    suite_add_tcase(s, t);
    return s;
}
