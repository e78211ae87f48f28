/* SPDX-License-Identifier: Apache-2.0 */
/* What a terminal must not see, against the properties that utf8proc knows. */
#include "core/printable.h"
#include "core/strings/unicode.h"
#include "core/strings/utf8.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

static bool reorders(int32_t rune)
{
    switch (utf8proc_get_property(rune)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
        return true;
    default:
        return rune == 0x61c || rune == 0x200e || rune == 0x200f;
    }
}

START_TEST(every_character)
{
    for (int32_t rune = 1; rune <= 0x10ffff; rune++) {
        if (rune >= 0xd800 && rune < 0xe000) continue;
        uint8_t text[8] = {0};
        const size_t n = runes_encode(rune, text);
        const utf8proc_category_t kind = utf8proc_category(rune);
        const bool fault = reorders(rune) || kind == UTF8PROC_CATEGORY_CC ||
                           kind == UTF8PROC_CATEGORY_ZL || kind == UTF8PROC_CATEGORY_ZP;
        ck_assert_uint_eq(printable_fault((char *)text), fault ? n : 0);
    }
    ck_assert_uint_eq(printable_fault(""), 0);
}
END_TEST

/* Any two bytes and the letter behind them, then four bytes of a longer sequence that breaks
 * off: what is left is UTF-8 without faults. */
START_TEST(any_bytes)
{
    for (int i = 1; i < 0x10000; i++) {
        char text[] = {(char)(i >> 8), (char)i, 'a', '\xf0', (char)i, '\x90', 0};
        printable_make(text, "");
        ck_assert_ptr_null(printable_find_fault(text));
        ck_assert(i < 256 || i % 256 == 0 || strchr(text, 'a'));
        for (const char *p = text; *p; p++) ck_assert((unsigned char)*p >= 0x20);
    }
}
END_TEST

/* Overlong forms, surrogates and code points above U+10FFFF do not pass. */
START_TEST(only_utf8_is_left)
{
    for (int i = 0x100; i < 0x10000; i++) {
        char text[] = {(char)(i >> 8), (char)i, '\x80', '\x80', 0};
        printable_make(text, "");
        ck_assert_msg(utf8_valid(text), "%04x", i);
    }
}
END_TEST

START_TEST(replaces_in_place)
{
    char text[] = "a\xe2\x80\xaez\x1b[2J\tb\n\xc3\xa4\xc2\x9b"
                  "3\xf0\x9f\xa6\x8a\xe2\x80",
         copy[sizeof text];
    memcpy(copy, text, sizeof text);
    printable_make(text, "\n\t");
    ck_assert_str_eq(text, "a?z?[2J\tb\n\xc3\xa4?3\xf0\x9f\xa6\x8a??");
    printable_make(copy, "");
    ck_assert_str_eq(copy, "a?z?[2J?b?\xc3\xa4?3\xf0\x9f\xa6\x8a??");
    ck_assert_ptr_null(printable_find_fault(copy));
    ck_assert_str_eq(printable_find_fault("\xc3\xa4\x7f."), "\x7f.");
}
END_TEST

Suite *test_printable_suite(void);
Suite *test_printable_suite(void)
{
    Suite *s = suite_create("printable");
    TCase *t = tcase_create("printable");
    tcase_add_test(t, every_character);
    tcase_add_test(t, any_bytes);
    tcase_add_test(t, only_utf8_is_left);
    tcase_add_test(t, replaces_in_place);
    suite_add_tcase(s, t);
    return s;
}
