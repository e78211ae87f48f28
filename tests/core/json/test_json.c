/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output: for all strings and numbers, the document is valid and reads back to equal
 * values. */
#include "core/json/json.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* Takes ownership of the value. */
static void is(json_t *value, const char *want)
{
    Text t = {0};
    json_put(&t, value);
    ck_assert_str_eq(t.data, want);
    text_free(&t);
}

START_TEST(strings)
{
    is(json_text(""), "\"\"");
    is(json_text(NULL), "null");
    is(json_text("say \"hi\" \\ /"), "\"say \\\"hi\\\" \\\\ /\"");
    is(json_text("a\nb\x01"), "\"a\\nb\\u0001\"");
    is(json_text("caf\xc3\xa9 \xf0\x9f\x90\x88"), "\"caf\xc3\xa9 \xf0\x9f\x90\x88\"");
    is(json_text("x\xc3"), "\"x\xef\xbf\xbd\"");
    is(json_text("\xed\xa0\x80y"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\"");
    is(json_pair("k\xff", json_integer(1)), "{\"k\xef\xbf\xbd\": 1}");
}
END_TEST

START_TEST(numbers)
{
    is(json_number(0.1), "0.1");
    is(json_number(0.1 + 0.2), "0.30000000000000004");
    is(json_number(250), "250.0");
    is(json_number((double)NAN), "null");
    is(json_number((double)-INFINITY), "null");
    is(json_fixed(2.0 / 3, 3), "0.667");
    is(json_fixed(1e300, 2), "1e300");
    is(json_fixed((double)INFINITY, 2), "null");
    is(json_digits(2e5 / 3, 9), "66666.6667");
    is(json_digits((double)NAN, 9), "null");
}
END_TEST

/* Every finite double from random bits reads back exactly, also next to short ones. */
START_TEST(numbers_read_back)
{
    uint64_t bits = 1;
    for (int i = 0; i < 2000; i++) {
        double x;
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x)) continue;
        Text t = {0};
        json_t *both = json_pair("x", json_number(x));
        json_object_set_new(both, "half", json_number(0.5));
        json_put(&t, both);
        json_t *back = json_loads(t.data, 0, NULL);
        ck_assert_msg(json_real_value(json_object_get(back, "x")) == x, "%a: %s", x, t.data);
        ck_assert(json_real_value(json_object_get(back, "half")) == 0.5);
        json_decref(back);
        text_free(&t);
    }
}
END_TEST

START_TEST(counts_keep_their_order)
{
    const JsonCount count[] = {{"z", 1}, {"a", -9007199254740993}, {"m", 0}};
    json_t *object = json_object();
    json_add_counts(object, count, 3);
    is(object, "{\"z\": 1, \"a\": -9007199254740993, \"m\": 0}");
}
END_TEST

/* For a terminal; the value is the same. */
START_TEST(commands_of_terminals_are_escaped)
{
    static const char text[] =
        "a\x7f\xc2\x9b\xd8\x9c\xe2\x80\xae\xe2\x81\xa9\xc3\xa4\xf0\x9f\xa6\x8a";
    Text t = {0};
    json_put(&t, json_pair(text, json_text("\xe2\x80\xa8")));
    ck_assert_str_eq(t.data,
                     "{\"a\\u007f\\u009b\\u061c\\u202e\\u2069\xc3\xa4\xf0\x9f\xa6\x8a\": "
                     "\"\\u2028\"}");
    json_t *back = json_loads(t.data, 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(back, text)), "\xe2\x80\xa8");
    json_decref(back);
    text_free(&t);
}
END_TEST

static void rows_are(const char *document, int levels, const char *want)
{
    Text t = {0};
    json_put_rows(&t, json_loads(document, 0, NULL), levels);
    ck_assert_str_eq(t.data, want);
    text_free(&t);
}

START_TEST(one_object_per_line)
{
    rows_are("[]", 1, "[]\n");
    rows_are("{}", 1, "{}\n");
    rows_are("{\"a\": [1, 2], \"b\": []}", 1, "{\"a\": [1, 2], \"b\": []}\n");
    rows_are("[{\"a\": 1}, {\"a\": [{\"b\": 2}]}]", 1,
             "[\n {\"a\": 1},\n {\"a\": [{\"b\": 2}]}\n]\n");
    rows_are("{\"n\": 2, \"rows\": [{\"a\": [1, 2]}, {\"a\": []}]}", 1,
             "{\"n\": 2, \"rows\": [\n {\"a\": [1, 2]},\n {\"a\": []}\n]}\n");
    rows_are("[{\"rows\": [{\"a\": 1}, {\"a\": 2}]}, {\"b\": 3}]", 2,
             "[\n {\"rows\": [\n  {\"a\": 1},\n  {\"a\": 2}\n ]},\n {\"b\": 3}\n]\n");
}
END_TEST

Suite *test_json_suite(void);
Suite *test_json_suite(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_add_test(t, strings);
    tcase_add_test(t, numbers);
    tcase_add_test(t, numbers_read_back);
    tcase_add_test(t, counts_keep_their_order);
    tcase_add_test(t, one_object_per_line);
    tcase_add_test(t, commands_of_terminals_are_escaped);
    suite_add_tcase(s, t);
    return s;
}
