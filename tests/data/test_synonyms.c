/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/synonyms.h"
#include "tests/support/scratch.h"

#include <check.h>

static Scratch scratch;
static TagList tags;

static void setup(void)
{
    scratch_new(&scratch);
    ck_assert_int_eq(tags_parse("tags", "dog\nred car\ncat\ndog\n", &tags, NULL), 0);
}

static void teardown(void)
{
    tags_free(&tags);
    scratch_free(&scratch);
}

static int read(const char *text, Synonyms *s, Error *err)
{
    return synonyms_read(scratch_text(&scratch, "synonyms.txt", text), &tags, s, err);
}

START_TEST(reads_lines)
{
    static const char text[] = "# comment, with: colon\n"
                               "dog: puppy,  man's best friend ,\"hound, large\"\r\n"
                               "\n"
                               "zebra: horse\n"
                               " red  car : Ferrari: testarossa\n"
                               "dog:pug";
    static const Synonym want[] = {{0, "puppy"},
                                   {0, "man's best friend"},
                                   {0, "hound, large"},
                                   {1, "Ferrari: testarossa"},
                                   {0, "pug"}};
    Synonyms s;
    Error err = {0};
    ck_assert_msg(read(text, &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s.count, sizeof want / sizeof *want);
    for (int64_t i = 0; i < s.count; i++) {
        ck_assert_int_eq(s.at[i].tag, want[i].tag);
        ck_assert_str_eq(s.at[i].phrase, want[i].phrase);
    }
    synonyms_free(&s);
    synonyms_free(&s);
}
END_TEST

START_TEST(an_empty_file_has_none)
{
    Synonyms s;
    ck_assert_int_eq(read("# none\n", &s, NULL), 0);
    ck_assert_int_eq(s.count, 0);
    synonyms_free(&s);
}
END_TEST

static const struct {
    const char *text, *why;
} bad[] = {
    {"dog puppy\n", "line 1: expected 'tag: word, word'"},
    {"dog: a\n: puppy\n", "line 2: expected 'tag: word, word'"},
    {"dog:\n", "line 1: an empty phrase"},
    {"dog: a,,b\n", "line 1: an empty phrase"},
    {"dog: a, \"b\n", "line 1: a quote is not closed"},
    {"dog: \xff\n", "line 1: not UTF-8"},
    {"[{\"dog\": 1}]\n", "lines of 'tag: word, word'"},
};

START_TEST(refuses_other_lines)
{
    Synonyms s;
    Error err = {0};
    ck_assert_int_eq(read(bad[_i].text, &s, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].why);
    ck_assert_ptr_null(s.at);
}
END_TEST

Suite *test_synonyms_suite(void);
Suite *test_synonyms_suite(void)
{
    Suite *s = suite_create("synonyms");
    TCase *t = tcase_create("synonyms");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_lines);
    tcase_add_test(t, an_empty_file_has_none);
    tcase_add_loop_test(t, refuses_other_lines, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(s, t);
    return s;
}
