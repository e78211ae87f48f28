/* SPDX-License-Identifier: Apache-2.0 */
/* String buffers: growth, and escapes that keep CSV and HTML valid for any bytes. */
#include "core/io/text.h"

#include <check.h>
#include <string.h>

START_TEST(grows_without_losing_bytes)
{
    Text t = {0};
    for (int i = 0; i < 5000; i++) text_add(&t, "%d,", i % 10);
    ck_assert_uint_eq(t.len, 10000);
    ck_assert_uint_eq(strlen(t.data), 10000);
    for (int i = 0; i < 5000; i++) ck_assert(t.data[2 * i] == '0' + i % 10);
    text_free(&t);
    ck_assert_ptr_null(t.data);
    text_put(&t, "again");
    ck_assert_str_eq(t.data, "again");
    text_free(&t);
}
END_TEST

static void valid_is(const char *in, const char *want)
{
    Text t = {0};
    text_put(&t, "");
    text_put_valid(&t, in);
    ck_assert_str_eq(t.data, want);
    text_free(&t);
}

START_TEST(bad_utf8_is_replaced)
{
    valid_is("", "");
    valid_is("caf\xc3\xa9 \xf0\x9f\x90\x88\n\x01", "caf\xc3\xa9 \xf0\x9f\x90\x88\n\x01");
    /* Truncated, overlong, surrogate, beyond U+10FFFF, stray. */
    valid_is("x\xc3", "x\xef\xbf\xbd");
    valid_is("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
    valid_is("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    valid_is("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    valid_is("\x80y", "\xef\xbf\xbdy");
}
END_TEST

START_TEST(names_stay_in_their_line)
{
    Text t = {0};
    text_put(&t, "a\tb\n");
    text_put_name(&t, "red\nerror: x\t\x1b[2J\r\xe2\x80\xae\xff\xc2\x9b");
    text_put(&t, "!");
    ck_assert_str_eq(t.data, "a\tb\nred?error: x??[2J?"
                             "?"
                             "?"
                             "?!");
    ck_assert_uint_eq(t.len, strlen(t.data));
    text_free(&t);
}
END_TEST

static void csv_is(const char *field, const char *want)
{
    Text t = {0};
    text_put(&t, ">");
    text_csv(&t, field);
    ck_assert_str_eq(t.data + 1, want);
    text_free(&t);
}

START_TEST(csv_fields)
{
    csv_is("", "");
    csv_is("red circle's; 100%", "red circle's; 100%");
    csv_is("red, or blue", "\"red, or blue\"");
    csv_is("3\" nail", "\"3\"\" nail\"");
    csv_is("\"", "\"\"\"\"");
    csv_is("two\nlines\r", "\"two\nlines\r\"");
}
END_TEST

START_TEST(html_is_escaped)
{
    Text t = {0};
    text_html(&t, "<a href='x'>\"R&D\"</a>\n\x02\xff");
    ck_assert_str_eq(t.data, "&lt;a href=&#39;x&#39;&gt;&quot;R&amp;D&quot;&lt;/a&gt; "
                             "\xef\xbf\xbd\xef\xbf\xbd");
    text_free(&t);
}
END_TEST

Suite *test_text_suite(void);
Suite *test_text_suite(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_test(t, grows_without_losing_bytes);
    tcase_add_test(t, bad_utf8_is_replaced);
    tcase_add_test(t, names_stay_in_their_line);
    tcase_add_test(t, csv_fields);
    tcase_add_test(t, html_is_escaped);
    suite_add_tcase(s, t);
    return s;
}
