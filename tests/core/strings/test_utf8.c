/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 in C strings, against an independent encoder. */
#include "core/strings/utf8.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* Encodes as in RFC 3629, section 3, without its exceptions; returns the number of bytes. */
static size_t encode(int32_t c, char out[static 5])
{
    const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const int first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    memset(out, 0, 5);
    for (size_t i = n; i > 1; i--, c >>= 6) out[i - 1] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[n] | c);
    return n;
}

START_TEST(every_code_point)
{
    for (int32_t c = 1; c < 0x120000; c++) {
        char text[5];
        const size_t n = encode(c, text);
        const bool good = c <= 0x10ffff && (c < 0xd800 || c >= 0xe000);
        const char *p = text;
        ck_assert_uint_eq(utf8_length(text), good ? n : 0);
        ck_assert_int_eq(utf8_next(&p), good ? c : -1);
        ck_assert_ptr_eq(p, text + (good ? n : 0));
        ck_assert(utf8_valid(text) == good);
        for (size_t i = 0; i < n; i++) ck_assert(utf8_starts(text[i]) == (i == 0));
    }
}
END_TEST

/* Every character truncated by the end of the string, and with another byte in place of its
 * last one. */
START_TEST(broken_characters)
{
    static const int32_t some[] = {0x80, 0x7ff, 0x800, 0xfffd, 0x10000, 0x10ffff};
    for (int i = 0; i < 6; i++) {
        char text[8];
        for (size_t n = encode(some[i], text); n > 1; n--) {
            text[n - 1] = 0;
            ck_assert_uint_eq(utf8_length(text), 0);
            strcpy(text + n - 1, "a");
            ck_assert(!utf8_valid(text));
        }
    }
}
END_TEST

START_TEST(refuses_what_is_not_utf8)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[16];
        snprintf(text, sizeof text, "ab%s", bad[i]);
        ck_assert_uint_eq(utf8_length(bad[i]), 0);
        ck_assert(!utf8_valid(text));
    }
    ck_assert(utf8_valid("") && utf8_length("") == 1);
}
END_TEST

/* The characters for which Python 3.11's str.isspace is true. */
START_TEST(spaces)
{
    static const int32_t space[] = {
        9,      10,     11,     12,     13,     28,     29,     30,     31,     32,
        0x85,   0xa0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
        0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    size_t found = 0;
    for (int32_t c = 1; c < 0x110000; c++) {
        char text[5];
        const size_t n = encode(c, text);
        if (utf8_space(text) == 0) continue;
        ck_assert_uint_eq(utf8_space(text), n);
        ck_assert_uint_lt(found, sizeof space / sizeof *space);
        ck_assert_int_eq(c, space[found++]);
    }
    ck_assert_uint_eq(found, sizeof space / sizeof *space);
    ck_assert_uint_eq(utf8_space("\xa0"), 0);
    ck_assert_uint_eq(utf8_space(""), 0);
}
END_TEST

START_TEST(cuts_between_characters)
{
    static const char text[] =
        "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"; /* 1, 2, 3, 4, 1 bytes */
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t most = 0; most < sizeof want / sizeof *want; most++)
        ck_assert_uint_eq(utf8_cut(text, 11, most), want[most]);
    ck_assert_uint_eq(utf8_cut(text, 2, 5), 2); /* a complete prefix is kept */
}
END_TEST

START_TEST(strips_both_ends)
{
    static const char *const pair[][2] = {
        {"", ""}, {" \t\n", ""}, {"a", "a"}, {"\xef\xbb\xbf a  b\xe3\x80\x80\r\n", "a  b"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", pair[i][0]);
        ck_assert_str_eq(utf8_strip(text), pair[i][1]);
    }
}
END_TEST

START_TEST(collapses_white_space)
{
    static const char *const pair[][2] = {
        {"", ""},
        {" \t\n", ""},
        {"a", "a"},
        {" a  b\n\tc ", "a b c"},
        {"\xc2\xa0\xe4\xb8\xad\xe3\x80\x80\xe2\x80\xa8\xc3\xa4\xc2\x85",
         "\xe4\xb8\xad \xc3\xa4"},
        {"\xa0 \xff", "\xa0 \xff"}, /* not UTF-8: kept */
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", pair[i][0]);
        utf8_collapse(text);
        ck_assert_str_eq(text, pair[i][1]);
    }
}
END_TEST

Suite *test_utf8_suite(void);
Suite *test_utf8_suite(void)
{
    Suite *s = suite_create("utf8");
    TCase *c = tcase_create("utf8");
    tcase_add_test(c, every_code_point);
    tcase_add_test(c, broken_characters);
    tcase_add_test(c, refuses_what_is_not_utf8);
    tcase_add_test(c, spaces);
    tcase_add_test(c, cuts_between_characters);
    tcase_add_test(c, strips_both_ends);
    tcase_add_test(c, collapses_white_space);
    suite_add_tcase(s, c);
    return s;
}
