/* SPDX-License-Identifier: Apache-2.0 */
/* Names of two lists brought together, and told when they cannot be. */
#include "eval/measure/name_match.h"

#include "tests/support/scratch.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 8 };

static const struct {
    enum NameKind kind;
    const char *have[MOST], *want[MOST];
    int at[MOST];        /* if they match */
    const char *message; /* if they do not */
} cases[] = {
    {NAMES_OF_TAGS, {"a", "b", "c"}, {"c", "a", "b"}, {2, 0, 1}, NULL},
    {NAMES_OF_TAGS, {"b", "a", "b", "b"}, {"b", "b", "a", "b"}, {0, 2, 1, 3}, NULL},
    {NAMES_OF_TAGS, {" ice  cream ", "e\xcc\x81"}, {"\xc3\xa9", "ice cream"}, {1, 0}, NULL},
    {NAMES_OF_IMAGES, {"x.jpg", "y.png"}, {"y.png", "x.jpg"}, {1, 0}, NULL},
    {NAMES_OF_IMAGES, {"x.jpg", "y.PNG"}, {"y", "x"}, {1, 0}, NULL},
    {NAMES_OF_IMAGES, {"x", "y"}, {"y.webp", "x.jpg"}, {1, 0}, NULL},
    {NAMES_OF_TAGS,
     {"a", "d", "c", "e"},
     {"c", "b", "a"},
     {0},
     "SCORES: tags of LIST that it lacks: 1, the first one 'b'; others that it has: 2, the "
     "first "
     "one 'd'"},
    {NAMES_OF_TAGS,
     {"a"},
     {"b", "a"},
     {0},
     "it lacks: 1, the first one 'b'; others that it has: 0"},
    {NAMES_OF_TAGS, {"c", "a", "z"}, {"a"}, {0}, "tags that LIST lacks: 2, the first one 'c'"},
    {NAMES_OF_TAGS, {"a"}, {"a", "a"}, {0}, "it lacks: 1, the first one 'a'"},
    {NAMES_OF_TAGS, {"A"}, {"a"}, {0}, "it lacks: 1, the first one 'a'"},
    /* Without their endings, x would be two images. */
    {NAMES_OF_IMAGES,
     {"x.jpg", "x.png"},
     {"x", "x.png"},
     {0},
     "images of LIST that it lacks: 1"},
    {NAMES_OF_IMAGES, {"x.txt"}, {"x"}, {0}, "images of LIST that it lacks: 1"},
};
enum { CASES = sizeof cases / sizeof *cases };

static NameList list_of(const char *path, const char *const *name)
{
    NameList l = {path, 0, (char *const *)(const void *)name};
    while (l.count < MOST && name[l.count]) l.count++;
    return l;
}

START_TEST(names)
{
    const NameList have = list_of("SCORES", cases[_i].have),
                   want = list_of("LIST", cases[_i].want);
    int64_t at[MOST];
    Error err = {0};
    const int status = name_match(&have, &want, cases[_i].kind, at, &err);
    if (cases[_i].message) {
        ck_assert_int_eq(status, -1);
        expect_error(&err, ERROR_DATA, cases[_i].message);
        return;
    }
    ck_assert_msg(status == 0, "%s", err.text);
    for (int64_t i = 0; i < want.count; i++) ck_assert_int_eq(at[i], cases[_i].at[i]);
}
END_TEST

Suite *test_name_match_suite(void);
Suite *test_name_match_suite(void)
{
    Suite *s = suite_create("name_match");
    TCase *t = tcase_create("name_match");
    tcase_add_loop_test(t, names, 0, CASES);
    suite_add_tcase(s, t);
    return s;
}
