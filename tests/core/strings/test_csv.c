/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of CSV, and that text_csv writes what csv_cut reads. */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/csv.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

typedef struct Case {
    const char *line;
    const char *field[4]; /* up to NULL, which is also the result of a bad field */
    bool bad;
} Case;

static const Case cases[] = {
    {"a,b,c", {"a", "b", "c"}, false},
    {"", {""}, false},
    {"a,,", {"a", "", ""}, false},
    {" a b \t, \xc2\xa0"
     "c\r",
     {"a b", "c"},
     false},
    {"\"a,b\",c", {"a,b", "c"}, false},
    {"\xef\xbb\xbf\xc2\xa0\"a,b\"\xef\xbb\xbf,c", {"a,b", "c"}, false},
    {" \" a \" ,\"\"", {" a ", ""}, false},
    {"\"\"\"\",\"a\"\"b\"", {"\"", "a\"b"}, false},
    {"a \"b\",c\"", {"a \"b\"", "c\""}, false}, /* quotes inside a field without quotes */
    {"a,\"b", {"a"}, true},
    {"a,\"b\"\"", {"a"}, true},
    {"\"a\"b,c", {NULL}, true},
    {"\"", {NULL}, true},
};

START_TEST(cuts_fields)
{
    const Case *c = &cases[_i];
    char *line = mem_strdup(c->line), *rest = line;
    for (int i = 0; c->field[i]; i++) {
        ck_assert_ptr_nonnull(rest);
        ck_assert_str_eq(csv_cut(&rest), c->field[i]);
    }
    ck_assert(c->bad ? !csv_cut(&rest) : !rest);
    mem_free(line);
}
END_TEST

START_TEST(reads_what_is_written)
{
    static const char *const field[] = {
        "plain",           "a, b", "\"", " blank ", "say \"hi\"", "", "\xe3\x80\x80wide",
        "5\" disk, \"x\"", "#"};
    Text t = {0};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        text_csv(&t, field[i]);
        text_put(&t, ",");
    }
    char *rest = t.data;
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        ck_assert_str_eq(csv_cut(&rest), field[i]);
    text_free(&t);
}
END_TEST

Suite *test_csv_suite(void);
Suite *test_csv_suite(void)
{
    Suite *s = suite_create("csv");
    TCase *t = tcase_create("csv");
    tcase_add_loop_test(t, cuts_fields, 0, sizeof cases / sizeof *cases);
    tcase_add_test(t, reads_what_is_written);
    suite_add_tcase(s, t);
    return s;
}
