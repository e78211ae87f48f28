/* SPDX-License-Identifier: Apache-2.0 */
#include "core/formats/zlib.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

#include <zlib.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Appends text to a compressed file as a separate member. */
static const char *pack(const char *name, const char *mode, const void *data, unsigned len)
{
    gzFile f = gzopen(scratch_path(&scratch, name), mode);
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(gzwrite(f, data, len), (int)len);
    ck_assert_int_eq(gzclose(f), Z_OK);
    return scratch.path;
}

static void expect(const char *path, const char *text, size_t len)
{
    Bytes b;
    Error err = {0};
    ck_assert_msg(zlib_read_gzip(path, len, &b, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(b.len, len);
    ck_assert_mem_eq(b.data, text, len + 1); /* including the NUL */
    bytes_free(&b);
    if (len == 0) return;
    ck_assert_int_eq(zlib_read_gzip(path, len - 1, &b, &err), -1);
    expect_error(&err, ERROR_DATA,
                 strstr(err.text, "gzip") ? "decompresses to more" : "larger than");
    ck_assert_ptr_null(b.data);
}

START_TEST(reads_plain_and_packed)
{
    static char large[300001];
    for (size_t i = 0; i + 1 < sizeof large; i++) large[i] = (char)('a' + i * i % 23);
    expect(scratch_text(&scratch, "plain", "two\nlines"), "two\nlines", 9);
    expect(scratch_text(&scratch, "empty", ""), "", 0);
    expect(scratch_text(&scratch, "short", "\x1f"), "\x1f", 1);
    expect(pack("small.gz", "wb", "two\nlines", 9), "two\nlines", 9);
    expect(pack("none.gz", "wb", "", 0), "", 0);
    expect(pack("large.gz", "wb", large, sizeof large - 1), large, sizeof large - 1);
    expect(pack("small.gz", "ab", " more", 5), "two\nlines more", 14); /* two members */
}
END_TEST

/* A compressed file that is truncated anywhere, or has a flipped bit in its checked parts, is
 * an error. */
START_TEST(refuses_damage)
{
    Bytes whole, b;
    Error err = {0};
    int harmless = 0;
    ck_assert_int_eq(file_read(pack("x.gz", "wb", "aabbccddeeff", 12), &whole, &err), 0);
    for (size_t n = 2; n < whole.len; n++) {
        const char *path = scratch_write(&scratch, "cut.gz", whole.data, n);
        err = (Error){0};
        ck_assert_msg(zlib_read_gzip(path, 1000, &b, &err) == -1, "%zu bytes", n);
        expect_error(&err, ERROR_DATA, "cut.gz: gzip: offset ");
        ck_assert_ptr_null(b.data);
    }
    for (size_t i = 10; i < whole.len;
         i++) { /* after the header, most of which is not checked */
        whole.data[i] ^= 0x10;
        err = (Error){0};
        scratch_write(&scratch, "flipped.gz", whole.data, whole.len);
        if (zlib_read_gzip(scratch.path, 1000, &b, &err) != 0)
            expect_error(&err, ERROR_DATA, "flipped.gz: gzip: offset ");
        else /* a bit that means nothing, such as the padding of the last byte */
            ck_assert_str_eq((char *)b.data, "aabbccddeeff");
        harmless += err.code == 0;
        bytes_free(&b);
        whole.data[i] ^= 0x10;
    }
    ck_assert_int_le(harmless, 1);
    bytes_free(&whole);
}
END_TEST

START_TEST(names_what_is_missing)
{
    Bytes b;
    Error err = {0};
    ck_assert_int_eq(zlib_read_gzip(scratch_path(&scratch, "nowhere"), 10, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "nowhere: cannot open");
    err = (Error){0};
    scratch_write(&scratch, "tail.gz", "\x1f\x8b\x08\x01 garbage", 12);
    ck_assert_int_eq(zlib_read_gzip(scratch.path, 10, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "tail.gz: gzip");
}
END_TEST

/* The check value of the algorithm, also computed in pieces of every length. */
START_TEST(crc)
{
    const char text[] = "123456789";
    ck_assert_uint_eq(zlib_crc32(0, text, 9), 0xCBF43926u);
    ck_assert_uint_eq(zlib_crc32(0, "", 0), 0);
    ck_assert_uint_eq(zlib_crc32(7, NULL, 0), 7);
    uint8_t data[64];
    for (int i = 0; i < 64; i++) data[i] = (uint8_t)(i * 37);
    const uint32_t whole = zlib_crc32(0, data, 64);
    for (size_t i = 0; i <= 64; i++)
        ck_assert_uint_eq(zlib_crc32(zlib_crc32(0, data, i), data + i, 64 - i), whole);
}
END_TEST

Suite *test_zlib_suite(void);
Suite *test_zlib_suite(void)
{
    Suite *s = suite_create("zlib");
    TCase *t = tcase_create("gzip");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, crc);
    tcase_add_test(t, reads_plain_and_packed);
    tcase_add_test(t, refuses_damage);
    tcase_add_test(t, names_what_is_missing);
    suite_add_tcase(s, t);
    return s;
}
