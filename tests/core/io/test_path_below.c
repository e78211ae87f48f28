/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of data reach only what lies below their root. */
#include "core/io/path_below.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>

static const struct {
    const char *root, *name, *want; /* want: with absolute = false */
} good[] = {
    {"r", "a.jpg", "r/a.jpg"},
    {"r/", "a.jpg", "r/a.jpg"},
    {"", "a/b.jpg", "a/b.jpg"},
    {"r", "a//b/./c.jpg", "r/a/b/c.jpg"},
    {"r", "./a.jpg", "r/a.jpg"},
    {"r", "a/../b.jpg", "r/b.jpg"},
    {"r", "a/b/../../c/d.jpg", "r/c/d.jpg"},
    {"r", "a/link/../b.jpg", "r/a/b.jpg"},
    {"r", "~/a.jpg", "r/~/a.jpg"},
    {"r", "...", "r/..."},
    {"r", "..a/b..", "r/..a/b.."},
    {"../up", "a.jpg", "../up/a.jpg"}, /* the user chose the root */
    {"/r", "/r/a.jpg", "/r/a.jpg"},
    {"/r/", "/r/b/../a.jpg", "/r/a.jpg"},
    {"/", "/r/a.jpg", "/r/a.jpg"},
};

START_TEST(below_the_root)
{
    Error err = {0};
    char *path = path_below(good[_i].root, good[_i].name, false, &err);
    ck_assert_msg(path, "%s: %s", good[_i].name, err.text);
    ck_assert_str_eq(path, good[_i].want);
    mem_free(path);
}
END_TEST

static const struct {
    const char *root, *name, *why, *allowed; /* allowed: with absolute = true, or NULL */
} bad[] = {
    {"r", "../a.jpg", "../a.jpg: leaves the folder r", NULL},
    {"", "../a.jpg", "leaves the folder that it is relative to", NULL},
    {"r", "a/../../b.jpg", "leaves the folder r", NULL},
    {"r", "a/./../../r/b.jpg", "leaves the folder r", NULL},
    {"r", "..", "names no file", NULL},
    {"r", "a/", "names no file", NULL},
    {"r", "a/.", "names no file", NULL},
    {"r", "a/b/..", "names no file", NULL},
    {"r", "", "names no file", NULL},
    {"r", "/a.jpg", "an absolute path, not below r; to allow these: data.absolute=true",
     "/a.jpg"},
    {"", "/a.jpg", "not below the current folder", "/a.jpg"},
    {"/r", "/rest/a.jpg", "not below /r", "/rest/a.jpg"},
    {"/r", "/r/../a.jpg", "not below /r", "/a.jpg"},
    {"r", "//b/./a.jpg", "an absolute path", "/b/a.jpg"},
    {"/r", "/../a.jpg", "leaves the folder /r", NULL},
    {"r", "/dev/zero", "a file of the system", NULL},
    {"/", "/dev/stdin", "a file of the system", NULL},
    {"r", "//tmp/../proc/self/environ", "a file of the system", NULL},
    {"r", "/sys/kernel/notes", "a file of the system", NULL},
};

START_TEST(outside_the_root)
{
    Error err = {0};
    ck_assert_ptr_null(path_below(bad[_i].root, bad[_i].name, false, &err));
    expect_error(&err, ERROR_DATA, bad[_i].why);
    char *path = path_below(bad[_i].root, bad[_i].name, true, NULL);
    ck_assert_pstr_eq(path, bad[_i].allowed);
    mem_free(path);
}
END_TEST

Suite *test_path_below_suite(void);
Suite *test_path_below_suite(void)
{
    Suite *s = suite_create("path_below");
    TCase *t = tcase_create("path_below");
    tcase_add_loop_test(t, below_the_root, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(t, outside_the_root, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(s, t);
    return s;
}
