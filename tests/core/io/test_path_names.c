/* SPDX-License-Identifier: Apache-2.0 */
/* Short names of paths that end alike. */
#include "core/io/path_names.h"

#include <check.h>
#include <string.h>

enum { MAX = 4 };

static const struct {
    const char *path[MAX], *name[MAX];
} cases[] = {
    {{"runs/asl", "runs/bce/"}, {"asl", "bce"}},
    {{"r/a/seed_0", "r/a/seed_1", "r/b/seed_0", "r/b/seed_1"},
     {"a/seed_0", "a/seed_1", "b/seed_0", "b/seed_1"}},
    {{"x/val", "y/val/", "val", "z/test"}, {"x/val", "y/val", "val", "z/test"}},
    {{"a/m/val", "b/m/val", "m"}, {"a/m/val", "b/m/val", "m"}},
    {{"/val", "val"}, {"/val", "val"}},
    {{"a//val", "b//val"}, {"a//val", "b//val"}},
    {{"x/Val", "y/val"}, {"x/Val", "y/val"}},
    {{"x/Val", "x/val"}, {"x/Val", "x/val"}},
    {{"a/val", "a/val"}, {"a/val", "a/val"}},
    {{"/"}, {"/"}},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(names)
{
    int64_t n = 0;
    while (n < MAX && cases[_i].path[n]) n++;
    char **name = path_names(cases[_i].path, n);
    for (int64_t i = 0; i < n; i++) ck_assert_str_eq(name[i], cases[_i].name[i]);
    path_names_free(name, n);
}
END_TEST

START_TEST(a_path_that_ends_in_a_dot_has_a_name)
{
    const char *path[] = {"tests/core/.", "tests/core/io/..", "tests/core"};
    char **name = path_names(path, 3);
    for (int64_t i = 0; i < 3; i++) {
        const char *last = strrchr(name[i], '/');
        ck_assert_str_eq(last ? last + 1 : name[i], "core");
    }
    path_names_free(name, 3);
}
END_TEST

Suite *test_path_names_suite(void);
Suite *test_path_names_suite(void)
{
    Suite *s = suite_create("path_names");
    TCase *t = tcase_create("path_names");
    tcase_add_loop_test(t, names, 0, CASES);
    tcase_add_test(t, a_path_that_ends_in_a_dot_has_a_name);
    suite_add_tcase(s, t);
    return s;
}
