/* SPDX-License-Identifier: Apache-2.0 */
/* What a lossless WebP may cost, told from its header and its length. */
#include "core/mem.h"
#include "data/image/image.h"

#include <check.h>
#include <string.h>

/* The header of a lossless image, then zeros. */
static Bytes lossless_webp(uint32_t side, size_t len)
{
    Bytes file = {mem_calloc(len, 1), len};
    memcpy(file.data, "RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f", 21);
    const uint32_t riff = (uint32_t)len - 8, chunk = (uint32_t)len - 20,
                   size = (side - 1) | (side - 1) << 14;
    memcpy(file.data + 4, &riff, 4);
    memcpy(file.data + 16, &chunk, 4);
    memcpy(file.data + 21, &size, 4);
    return file;
}

/* Refused for the memory that it may need, before anything is decoded. */
static bool is_too_large(uint32_t side, size_t len)
{
    Error err = {0};
    Image image;
    Bytes file = lossless_webp(side, len);
    ck_assert_int_eq(
        image_decode(file.data, file.len, &(ImageRules){.max_memory = 100}, &image, NULL, &err),
        -1);
    bytes_free(&file);
    return strstr(err.text, "MiB to decode, more than 100 MiB") != NULL;
}

/* Colors count with five bytes beside the result, and tables if a small file may have many. */
START_TEST(webp_memory_is_counted)
{
    ck_assert(!is_too_large(3500, 3 << 20)); /* 12 megapixels of 8 bytes */
    ck_assert(is_too_large(3640, 3 << 20));
    ck_assert(!is_too_large(2048, 1000)); /* 32 MiB, tables for 400 sets */
    ck_assert(!is_too_large(2048, 30000));
    ck_assert(is_too_large(2048, 40000));    /* tables for 16,000 sets: 87 MiB */
    ck_assert(!is_too_large(2048, 1 << 20)); /* 2 bits per pixel: as photographs have them */
}
END_TEST

Suite *test_webp_suite(void);
Suite *test_webp_suite(void)
{
    Suite *s = suite_create("webp");
    TCase *t = tcase_create("webp");
    tcase_add_test(t, webp_memory_is_counted);
    suite_add_tcase(s, t);
    return s;
}
