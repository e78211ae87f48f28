/* SPDX-License-Identifier: Apache-2.0 */
/* Content hashes are equal for equal sets of arrays in any order, and different for all
 * others. */
#include "core/io/content.h"

#include <check.h>
#include <string.h>

static const float two[2] = {1, 2}, other[2] = {1, 3};

typedef struct Array {
    const char *name, *type;
    int ndim;
    int64_t shape[2];
    const float *data;
} Array;

static void content(const Array *a, int n, char out[static HASH_HEX])
{
    Content *c = content_new();
    for (int i = 0; i < n; i++)
        content_add_data(c, a[i].name, a[i].type, a[i].ndim, a[i].shape, a[i].data, sizeof two);
    content_end(c, out);
}

START_TEST(order_does_not_matter)
{
    static const Array ab[] = {{"a", "f32", 1, {2}, two}, {"b", "f32", 2, {1, 2}, other}};
    static const Array ba[] = {{"b", "f32", 2, {1, 2}, other}, {"a", "f32", 1, {2}, two}};
    char x[HASH_HEX], y[HASH_HEX];
    content(ab, 2, x);
    content(ba, 2, y);
    ck_assert_str_eq(x, y);
    ck_assert_uint_eq(strspn(x, "0123456789abcdef"), HASH_HEX - 1);
}
END_TEST

START_TEST(everything_else_does)
{
    static const Array base = {"a", "f32", 1, {2}, two};
    static const Array changed[] = {{"b", "f32", 1, {2}, two},
                                    {"a", "i32", 1, {2}, two},
                                    {"a", "f32", 2, {2, 1}, two},
                                    {"a", "f32", 2, {1, 2}, two},
                                    {"a", "f32", 1, {2}, other}};
    char want[HASH_HEX], have[HASH_HEX];
    content(&base, 1, want);
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        content(&changed[i], 1, have);
        ck_assert_str_ne(have, want);
    }
    content(&base, 0, have);
    ck_assert_str_ne(have, want);
}
END_TEST

/* A thousand arrays: the list grows. One without axes. */
START_TEST(many)
{
    char x[HASH_HEX], y[HASH_HEX], name[16] = "n000";
    Content *up = content_new(), *down = content_new();
    for (int i = 0; i < 1000; i++) {
        for (int k = 0; k < 2; k++) {
            const int n = k ? 999 - i : i;
            name[1] = (char)('0' + n / 100);
            name[2] = (char)('0' + n / 10 % 10);
            name[3] = (char)('0' + n % 10);
            content_add_data(k ? down : up, name, "f32", 0, NULL, &n, sizeof n);
        }
    }
    content_end(up, x);
    content_end(down, y);
    ck_assert_str_eq(x, y);
    content_free(NULL);
    content_free(content_new());
}
END_TEST

Suite *test_content_suite(void);
Suite *test_content_suite(void)
{
    Suite *s = suite_create("content");
    TCase *c = tcase_create("content");
    tcase_add_test(c, order_does_not_matter);
    tcase_add_test(c, everything_else_does);
    tcase_add_test(c, many);
    suite_add_tcase(s, c);
    return s;
}
