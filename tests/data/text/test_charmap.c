/* SPDX-License-Identifier: Apache-2.0 */
/* The tables against iconv, which knows the same encodings. */
#include "core/strings/utf8.h"
#include "data/text/charmap.h"

#include <check.h>
#include <iconv.h>
#include <stdio.h>

static const char *const names[CHARMAPS] = {
    [CHARMAP_LATIN_1] = "ISO-8859-1", [CHARMAP_1252] = "CP1252",
    [CHARMAP_1251] = "CP1251",        [CHARMAP_1250] = "CP1250",
    [CHARMAP_1253] = "CP1253",        [CHARMAP_1254] = "CP1254",
    [CHARMAP_1257] = "CP1257",        [CHARMAP_8859_2] = "ISO-8859-2",
    [CHARMAP_437] = "CP437",
};

/* Mac Roman has no row: iconv's is older than the euro sign. */

/* The rune of a byte; an undefined byte is that of Latin-1. */
static int32_t rune_of(iconv_t from, int byte)
{
    char in[] = {(char)byte}, out[8] = "", *p = in, *q = out;
    const char *text = out;
    size_t left = 1, room = sizeof out;
    iconv(from, NULL, NULL, NULL, NULL);
    return iconv(from, &p, &left, &q, &room) == 0 ? utf8_next(&text) : byte;
}

START_TEST(bytes_as_iconv)
{
    const enum Charmap map = (enum Charmap)_i;
    if (!names[map]) return;
    iconv_t from = iconv_open("UTF-8", names[map]);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    if (from == (iconv_t)-1) {
        fprintf(stderr, "skipped: iconv does not know %s\n", names[map]);
        return;
    }
    for (int byte = 0; byte < 256; byte++) {
        const bool lost = charmap_is_windows(map) && byte == CHARMAP_LOST;
        const int32_t rune = lost ? 0xfffd : rune_of(from, byte);
        ck_assert_msg(charmap_byte(map, rune) == byte, "%s: byte %02x", names[map], byte);
    }
    iconv_close(from);
    ck_assert_int_eq(charmap_byte(map, 0x65e5), -1);
    ck_assert_int_eq(charmap_byte(map, charmap_is_windows(map) ? 0x1a : 0xfffd), -1);
}
END_TEST

START_TEST(mac_roman)
{
    static const struct {
        int byte, rune;
    } some[] = {{0x80, 0xc4},   {0x9f, 0xfc},  {0xa2, 0xa2},   {0xb6, 0x2202}, {0xc3, 0x221a},
                {0xc6, 0x2206}, {0xca, 0xa0},  {0xdb, 0x20ac}, {0xde, 0xfb01}, {0xe2, 0x201a},
                {0xf0, 0xf8ff}, {0xf5, 0x131}, {0xff, 0x2c7},  {0x1a, 0x1a},   {'a', 'a'}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        ck_assert_int_eq(charmap_byte(CHARMAP_MAC_ROMAN, some[i].rune), some[i].byte);
}
END_TEST

START_TEST(ranges)
{
    ck_assert(charmap_any(0xc3, 0xc2, 0xdf));    /* Latin-1 */
    ck_assert(charmap_any(0x102, 0xc2, 0xdf));   /* Windows-1250: C3 */
    ck_assert(charmap_any(0x440, 0xf0, 0xf0));   /* Windows-1251 */
    ck_assert(!charmap_any(0x221a, 0x80, 0xff)); /* Mac Roman only */
    ck_assert(!charmap_any('a', 0x80, 0xff));
}
END_TEST

Suite *test_charmap_suite(void);
Suite *test_charmap_suite(void)
{
    Suite *s = suite_create("charmap");
    TCase *t = tcase_create("charmap");
    tcase_add_loop_test(t, bytes_as_iconv, 0, CHARMAPS);
    tcase_add_test(t, mac_roman);
    tcase_add_test(t, ranges);
    suite_add_tcase(s, t);
    return s;
}
