/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of files by their first bytes. */
#include "core/io/first_bytes.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

#define HEAD(text) text, sizeof(text) - 1

static const struct {
    const char *head;
    size_t n;
    const char *want; /* NULL: unknown */
} CASE[] = {
    {HEAD(""), "an empty file"},
    {HEAD("\xff\xd8\xff\xe0\0\x10JFIF"), "a JPEG image"},
    {HEAD("RIFF\x24\0\0\0WEBPVP8 "), "a WebP image"},
    {HEAD("RIFF\x24\0\0\0WAVEfmt "), "a WAV sound"},
    {HEAD("RIFF\x24\0\0\0WEB"), NULL},
    {HEAD("GIF89a\1\0\1\0"), "a GIF image"},
    {HEAD("BM\x46\0\0\0\1\0\2\0\x36\0\0\0\x28\0\0\0"), "a BMP image"},
    {HEAD("BMW X5\n"), "plain text"},
    {HEAD("MM\0*\0\0\0\x08"), "a TIFF image"},
    {HEAD("II*\0\x10\0\0\0CR\2\0"), "a camera's raw image"},
    {HEAD("\0\0\0\x20"
          "ftypavif\0\0\0\0"),
     "an AVIF image"},
    {HEAD("\0\0\0\x18"
          "ftypheic\0\0\0\0"),
     "a HEIC image"},
    {HEAD("\0\0\0\x18"
          "ftypisom\0\0\0\0"),
     "an MP4 or QuickTime video"},
    {HEAD("\xff\x0a\xfa\x1f"), "a JPEG XL image"},
    {HEAD("P6\n50 40\n255\n\1\2"), "a Netpbm image"},
    {HEAD("%PDF-1.7\n"), "a PDF document"},
    {HEAD("\x1f\x8b\x08\0"), "gzip data: unpack it first"},
    {HEAD("PK\3\4\x14\0"), "a zip archive"},
    {HEAD("\x40\0\0\0\0\0\0\0{\"__meta"), "a safetensors file"},
    {HEAD("\x80\2}q\0."), "a Python pickle"},
    {HEAD("\0\5\x16\7\0\2\0\0"), "metadata of macOS (AppleDouble)"},
    {HEAD("\r\n<!DOCTYPE html>\n<html>"), "a web page (HTML)"},
    {HEAD("<title>404</title>"), "a web page (HTML)"},
    {HEAD("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<Error>"), "XML text"},
    {HEAD("<?xml version=\"1.0\"?>\n<!-- x -->\n<svg xmlns="), "an SVG drawing"},
    {HEAD("<SVG width=\"9\">"), "an SVG drawing"},
    {HEAD("version https://git-lfs.github.com/spec/v1\n"),
     "a Git LFS pointer: run git lfs pull"},
    {HEAD(" {\"message\": \"Not Found\"}"), "JSON text"},
    {HEAD("caf\xc3\xa9\n"), "plain text"},
    {HEAD("\n"), "plain text"},
    {HEAD("caf\xe9\n"), NULL},
    {HEAD("a\1b"), NULL},
    {HEAD("a\0b"), NULL},
    {HEAD("\xff\xfe[\0"), "UTF-16 text: save it as UTF-8"},
    {HEAD("\0r\0e\0d\0\n"), "UTF-16 text: save it as UTF-8"},
    {HEAD("r\0e\0d\0\n\0"), "UTF-16 text: save it as UTF-8"},
    {HEAD("[\0{\0\x56\x30"), "UTF-16 text: save it as UTF-8"},
    {HEAD("\0{\0\"\x30\x56"), "UTF-16 text: save it as UTF-8"},
    {HEAD("{\0\0\0\"\0\0\0\x56\x30"), "UTF-32 text: save it as UTF-8"},
    {HEAD("\0\0\0r\0\0\0e\0\0\0d\0\0\0\n"), "UTF-32 text: save it as UTF-8"},
    {HEAD("r\0e\0\x56\x30\x56\x30"), NULL},
    {HEAD("[\0\1\0"), NULL},
    {HEAD("\xff\xfe\0\0r\0\0\0"), "UTF-32 text: save it as UTF-8"},
    {HEAD("\0\0\0\0\0\0\0\0\0\0\0\0"), "only zeros at its start (an unfinished download?)"},
    {HEAD("\xde\xad\xbe\xef"), NULL},
};

START_TEST(by_first_bytes)
{
    const char *name = first_bytes_name(CASE[_i].head, CASE[_i].n);
    if (CASE[_i].want)
        ck_assert_pstr_eq(name, CASE[_i].want);
    else
        ck_assert_msg(!name, "row %d: %s", _i, name);
}
END_TEST

START_TEST(only_the_first_bytes)
{
    char long_text[FIRST_BYTES + 9];
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text + FIRST_BYTES - 1, "\xc3\xa9", 2);
    ck_assert_str_eq(first_bytes_name(long_text, sizeof long_text), "plain text");
    long_text[FIRST_BYTES] = 0;
    ck_assert_str_eq(first_bytes_name(long_text, sizeof long_text), "plain text");
    long_text[FIRST_BYTES - 2] = 0;
    ck_assert_ptr_null(first_bytes_name(long_text, sizeof long_text));
}
END_TEST

START_TEST(of_a_file)
{
    Scratch s;
    scratch_new(&s);
    ck_assert_str_eq(first_bytes_of_file(scratch_text(&s, "a.pth", "<html>")),
                     "a web page (HTML)");
    ck_assert_str_eq(first_bytes_of_file(scratch_text(&s, "b.pth", "")), "an empty file");
    ck_assert_ptr_null(first_bytes_of_file(s.dir));
    ck_assert_ptr_null(first_bytes_of_file("/nowhere/x"));
    scratch_free(&s);
}
END_TEST

Suite *test_first_bytes_suite(void);
Suite *test_first_bytes_suite(void)
{
    Suite *s = suite_create("first_bytes");
    TCase *t = tcase_create("first_bytes");
    tcase_add_loop_test(t, by_first_bytes, 0, sizeof CASE / sizeof *CASE);
    tcase_add_test(t, only_the_first_bytes);
    tcase_add_test(t, of_a_file);
    suite_add_tcase(s, t);
    return s;
}
