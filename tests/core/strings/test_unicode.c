/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "core/strings/unicode.h"

#include <check.h>
#include <string.h>

/* Encodes the runes as UTF-8; the caller frees the text. */
static char *text_of(const Runes *r)
{
    char *text = mem_calloc(4 * r->count + 1, 1), *p = text;
    for (size_t i = 0; i < r->count; i++) p += runes_encode(r->at[i], (uint8_t *)p);
    return text;
}

static Runes runes_of(const char *text)
{
    Runes r = {0};
    ck_assert_uint_eq(runes_decode(&r, text, strlen(text)), strlen(text));
    return r;
}

/* Round trip of one text of all characters. */
START_TEST(decodes_and_encodes_every_character)
{
    char *text = mem_alloc(4 * 0x110000);
    size_t len = 0;
    Runes r = {0};
    for (int32_t c = 1; c < 0x110000; c++)
        if (c < 0xd800 || c >= 0xe000) len += runes_encode(c, (uint8_t *)text + len);
    ck_assert_uint_eq(len, 0x7f + 2 * 0x780 + 3 * (0xf800 - 0x800) + 4 * 0x100000);
    ck_assert_uint_eq(runes_decode(&r, text, len), len);
    ck_assert_uint_eq(r.count, 0x10ffff - 0x800);
    for (size_t i = 0; i < r.count; i++) {
        const int32_t want = (int32_t)(i + 1 < 0xd800 ? i + 1 : i + 1 + 0x800);
        if (r.at[i] != want)
            ck_abort_msg("U+%04X for U+%04X", (unsigned)r.at[i], (unsigned)want);
    }
    runes_free(&r);
    mem_free(text);
}
END_TEST

typedef struct Bad {
    const char *text;
    size_t good; /* valid bytes at the start */
} Bad;

static const Bad bad[] = {
    {"\xff", 0},         {"ab\x80", 2},
    {"\xc0\xaf", 0},     {"caf\xc3", 3},
    {"\xed\xa0\x80", 0}, {"x\xf4\x90\x80\x80", 1},
    {"\xe2\x82 ", 0},    {"\xc3\xa9\xe0\x80\x80", 2},
};

START_TEST(stops_where_it_is_not_utf8)
{
    Runes r = {0};
    ck_assert_uint_eq(runes_decode(&r, bad[_i].text, strlen(bad[_i].text)), bad[_i].good);
    runes_free(&r);
}
END_TEST

typedef struct Class {
    enum UnicodeClass class;
    const char *members;
} Class;

static const Class classes[] = {
    {UNICODE_LETTER,
     "aZ\u00aa\u00b5\u00df\u01c5\u02b0\u0391\u0416\u05d0\u0905\u3042\u4e00\U00010400"},
    {UNICODE_NUMBER, "09\u00b2\u00bd\u0663\u0967\u2160\u2460\u3007\uff11\U0001d7ce"},
    {UNICODE_SPACE,
     " \t\n\v\f\r\x1c\x1f\302\205\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"},
    {UNICODE_OTHER, "!_~\x7f\u00ad\u0301\u093f\u200b\u2019\u20ac\ufffd\U0001f436\ue000"},
};

START_TEST(knows_classes)
{
    Runes r = runes_of(classes[_i].members);
    for (size_t i = 0; i < r.count; i++)
        ck_assert_msg(unicode_class(r.at[i]) == classes[_i].class, "U+%04X", (unsigned)r.at[i]);
    runes_free(&r);
}
END_TEST

typedef struct Case {
    const char *from, *to;
} Case;

/* Python's str.lower. */
static const Case lower[] = {
    {"", ""},
    {"ABC xyz 1!", "abc xyz 1!"},
    {"\u00c9\u00df\u1e9e\u0416\u212a\u212b\u2160\u24b6",
     "\u00e9\u00df\u00df\u0436k\u00e5\u2170\u24d0"},
    {"\u0130\u0131I", "i\u0307\u0131i"},
    {"\u039f\u03a3", "\u03bf\u03c2"},
    {"\u03a3", "\u03c3"}, /* no rune before it */
    {"\u03a3\u03a3\u03a3", "\u03c3\u03c3\u03c2"},
    {"A\u03a3A", "a\u03c3a"},
    {"A\u03a3 B", "a\u03c2 b"},
    {"A.\u00ad\u03a3:\u0301", "a.\u00ad\u03c2:\u0301"}, /* ignorable on both sides */
    {"A\u03a3'B", "a\u03c3'b"},
    {"1\u03a3", "1\u03c3"}, /* a number has no case */
    {"\u00ba\u03a3 \U0001f170\u03a3 \u24d0\u03a3",
     "\u00ba\u03c2 \U0001f170\u03c2 \u24d0\u03c2"},
    {"\u02b0\u03a3", "\u02b0\u03c3"}, /* cased, but ignorable first */
    {"\u05d0\u03a3", "\u05d0\u03c3"}, /* a letter without a case */
};

START_TEST(lowers_as_python)
{
    Runes r = runes_of(lower[_i].from), out = {0};
    unicode_lower(&r, &out);
    char *text = text_of(&out);
    ck_assert_str_eq(text, lower[_i].to);
    mem_free(text);
    runes_free(&out);
    runes_free(&r);
}
END_TEST

static const Case composed[] = {
    {"", ""},
    {"abc\u00e9", "abc\u00e9"},
    {"e\u0301", "\u00e9"},
    {"\u0301e", "\u0301e"},
    {"s\u0323\u0307 s\u0307\u0323", "\u1e69 \u1e69"},
    {"\u1100\u1161\u11a8", "\uac01"},
    {"\u212b\u2126", "\u00c5\u03a9"},
    {"\u0915\u093c \u0958", "\u0915\u093c \u0915\u093c"}, /* not recomposed */
    {"\u30ab\u3099", "\u30ac"},
};

START_TEST(composes)
{
    Runes r = runes_of(composed[_i].from);
    unicode_compose(&r);
    char *text = text_of(&r);
    ck_assert_str_eq(text, composed[_i].to);
    mem_free(text);
    runes_free(&r);
}
END_TEST

START_TEST(knows_windows_1252)
{
    ck_assert_int_eq(unicode_from_1252(0x80), 0x20ac);
    ck_assert_int_eq(unicode_from_1252(0x9f), 0x178);
    ck_assert_int_eq(unicode_from_1252(0x81), 0x81);
    ck_assert_int_eq(unicode_from_1252(0xa0), 0xa0);
    ck_assert_int_eq(unicode_from_1252(0x7f), 0x7f);
}
END_TEST

START_TEST(knows_digits_and_capitals)
{
    ck_assert(unicode_is_digit('7') && unicode_is_digit(0x663) && !unicode_is_digit(0xb2));
    ck_assert_int_eq(unicode_upper(0xe9), 0xc9);
    ck_assert_int_eq(unicode_upper('!'), '!');
    Runes r = {0};
    unicode_decompose(0xfb03, &r);
    ck_assert_uint_eq(r.count, 3);
    ck_assert(r.at[0] == 'f' && r.at[1] == 'f' && r.at[2] == 'i');
    unicode_decompose('x', &r);
    ck_assert(r.count == 4 && r.at[3] == 'x');
    runes_free(&r);
    ck_assert_ptr_null(r.at);
}
END_TEST

Suite *test_unicode_suite(void);
Suite *test_unicode_suite(void)
{
    Suite *s = suite_create("unicode");
    TCase *t = tcase_create("unicode");
    tcase_add_test(t, decodes_and_encodes_every_character);
    tcase_add_loop_test(t, stops_where_it_is_not_utf8, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(t, knows_classes, 0, sizeof classes / sizeof *classes);
    tcase_add_loop_test(t, lowers_as_python, 0, sizeof lower / sizeof *lower);
    tcase_add_loop_test(t, composes, 0, sizeof composed / sizeof *composed);
    tcase_add_test(t, knows_windows_1252);
    tcase_add_test(t, knows_digits_and_capitals);
    suite_add_tcase(s, t);
    return s;
}
