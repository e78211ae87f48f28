/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: the first one wins, texts remain one printable line, CHECK aborts. */
#include "core/error.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

START_TEST(first_error_wins)
{
    Error err = {0};
    ck_assert_int_eq(error_set(&err, ERROR_DATA, "a.json: record %d: bad", 3), -1);
    ck_assert_int_eq(error_set(&err, ERROR_USAGE, "later"), -1);
    expect_error(&err, ERROR_DATA, "a.json: record 3: bad");
}
END_TEST

START_TEST(nobody_listens)
{
    ck_assert_int_eq(error_set(NULL, ERROR_DATA, "x"), -1);
    ck_assert_int_eq(error_prefix(NULL, "x"), -1);
}
END_TEST

START_TEST(prefix)
{
    Error err = {0};
    error_set(&err, ERROR_CHECKPOINT, "why");
    ck_assert_int_eq(error_prefix(&err, "%s:%d", "file", 7), -1);
    ck_assert_str_eq(err.text, "file:7: why");
    ck_assert_int_eq(err.code, ERROR_CHECKPOINT);
}
END_TEST

START_TEST(control_characters)
{
    Error err = {0};
    error_set(&err, ERROR_DATA, "a\nb\x1b[31m%s\x7f", "\r");
    ck_assert_str_eq(err.text, "a?b?[31m??");
    error_prefix(&err, "\n");
    ck_assert_str_eq(err.text, "?: a?b?[31m??");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    char text[2000];
    Error err = {0};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    error_set(&err, ERROR_DATA, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    error_prefix(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

/* However long a name in the data is, the error says what is wrong with it. */
START_TEST(the_reason_outlives_a_long_name)
{
    char name[5000];
    Error err = {0};
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    error_set(&err, ERROR_DATA, "a.json: %s: cannot open: why", name);
    ck_assert_int_eq(strncmp(err.text, "a.json: xxx", 11), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "xx ... xx"));
    ck_assert_ptr_nonnull(strstr(err.text, "x: cannot open: why"));
    error_prefix(&err, "%s", name);
    ck_assert_ptr_nonnull(strstr(err.text, "x: cannot open: why"));
    ck_assert_int_eq(err.code, ERROR_DATA);
}
END_TEST

START_TEST(check_passes) { CHECK(1 + 1 == 2, "never printed"); }
END_TEST

START_TEST(check_aborts)
{
    if (!freopen("/dev/null", "w", stderr)) return;
    CHECK(1 + 1 == 3, "%d", 2);
}
END_TEST

START_TEST(moves)
{
    Error from = {0}, err = {0};
    ck_assert_int_eq(error_move(&err, &from), 0);
    ck_assert_int_eq(err.code, 0);
    error_set(&from, ERROR_DATA, "x.json: 100%%");
    ck_assert_int_eq(error_move(&err, &from), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_str_eq(err.text, "x.json: 100%");
    ck_assert_int_eq(error_move(NULL, &from), -1);
    from.code = ERROR_USAGE;
    error_move(&err, &from); /* the first one stays */
    ck_assert_int_eq(err.code, ERROR_DATA);
}
END_TEST

Suite *test_error_suite(void);
Suite *test_error_suite(void)
{
    Suite *s = suite_create("error");
    TCase *c = tcase_create("error");
    tcase_add_test(c, moves);
    tcase_add_test(c, first_error_wins);
    tcase_add_test(c, nobody_listens);
    tcase_add_test(c, prefix);
    tcase_add_test(c, control_characters);
    tcase_add_test(c, long_texts_are_cut);
    tcase_add_test(c, the_reason_outlives_a_long_name);
    tcase_add_test(c, check_passes);
    tcase_add_test_raise_signal(c, check_aborts, SIGABRT);
    suite_add_tcase(s, c);
    return s;
}
