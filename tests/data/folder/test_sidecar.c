/* SPDX-License-Identifier: Apache-2.0 */
/* Text files beside images, as programs write them. */
#include "core/mem.h"
#include "data/folder/sidecar.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static const struct {
    const char *file;
    enum SidecarKind kind;
    const char *want; /* "LINE:TEXT|" for each */
} accepted[] = {
    {"1girl, long_hair, ^_^\n", SIDECAR_TAGS, "1:1girl|1:long_hair|1:^_^|"},
    {"fate \\(series\\), \\o/, a\\\\(b", SIDECAR_TAGS, "1:fate (series)|1:\\o/|1:a\\(b|"},
    {"\xef\xbb\xbf cat ,,\tdog\r\n\r\n, red  dress,", SIDECAR_TAGS,
     "1:cat|1:dog|3:red  dress|"},
    {"caf\xc3\xa9\xc2\xa0,\xe3\x80\x80x", SIDECAR_TAGS, "1:caf\xc3\xa9|1:x|"},
    {"", SIDECAR_TAGS, ""},
    {" ,\n,,", SIDECAR_TAGS, ""},
    {"[artist], {cat}", SIDECAR_TAGS, "1:[artist]|1:{cat}|"},
    {"A cat, \\(asleep\\).\n\n  A dog. \n", SIDECAR_CAPTION,
     "1:A cat, \\(asleep\\).|3:A dog.|"},
    {" \n", SIDECAR_CAPTION, ""},
};

START_TEST(reads)
{
    Sidecar s;
    Error err = {0};
    const char *want = accepted[_i].want;
    const char *path = scratch_text(&scratch, "a.txt", accepted[_i].file);
    ck_assert_msg(sidecar_read(path, accepted[_i].kind, &s, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < s.texts; i++) {
        char *text = mem_format("%ld:%s|", s.text[i].line, s.text[i].text);
        ck_assert_msg(strncmp(want, text, strlen(text)) == 0, "%s", text);
        want += strlen(text);
        mem_free(text);
    }
    ck_assert_str_eq(want, "");
    sidecar_free(&s);
}
END_TEST

static const struct {
    const char *file;
    size_t len;
    const char *why;
} refused[] = {
    {"cat\ncaf\xe9", 8, "a.txt: line 2: not UTF-8 (Latin-1?): save it as UTF-8"},
    {"\xff\xfe"
     "c\0a\0t\0",
     8, "a.txt: not a list of texts: looks like UTF-16 text: save it as UTF-8"},
    {"c\0a\0t\0,\0 \0d\0", 12, "looks like UTF-16 text: save it as UTF-8"},
    {"version https://git-lfs.github.com/spec/v1\n", 43, "a Git LFS pointer"},
};

START_TEST(refuses)
{
    Sidecar s;
    Error err = {0};
    const char *path = scratch_write(&scratch, "a.txt", refused[_i].file, refused[_i].len);
    ck_assert_int_eq(sidecar_read(path, SIDECAR_TAGS, &s, &err), -1);
    expect_error(&err, ERROR_DATA, refused[_i].why);
    ck_assert(!s.text && !s.lines.line);
}
END_TEST

START_TEST(refuses_large_files)
{
    Sidecar s;
    Error err = {0};
    char *large = mem_calloc(1, SIDECAR_MAX_BYTES + 2);
    memset(large, 'a', SIDECAR_MAX_BYTES + 1);
    const char *path = scratch_text(&scratch, "a.txt", large);
    ck_assert_int_eq(sidecar_read(path, SIDECAR_TAGS, &s, &err), -1);
    expect_error(&err, ERROR_DATA, "a.txt: more than 1048576 bytes for one image");
    large[SIDECAR_MAX_BYTES] = 0;
    path = scratch_text(&scratch, "a.txt", large);
    ck_assert_int_eq(sidecar_read(path, SIDECAR_TAGS, &s, NULL), 0);
    ck_assert_int_eq(s.texts, 1);
    sidecar_free(&s);
    mem_free(large);
}
END_TEST

START_TEST(turns_underscores_into_blanks)
{
    static const char *const pair[][2] = {{"long_hair", "long hair"},
                                          {"^_^", "^_^"},
                                          {"a_b_", "a b "},
                                          {"_\xc3\xa9_", "_\xc3\xa9_"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char *tag = mem_strdup(pair[i][0]);
        sidecar_unscore(tag);
        ck_assert_str_eq(tag, pair[i][1]);
        mem_free(tag);
    }
}
END_TEST

Suite *test_sidecar_suite(void);
Suite *test_sidecar_suite(void)
{
    Suite *s = suite_create("sidecar");
    TCase *t = tcase_create("sidecar");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, reads, 0, sizeof accepted / sizeof *accepted);
    tcase_add_loop_test(t, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, refuses_large_files);
    tcase_add_test(t, turns_underscores_into_blanks);
    suite_add_tcase(s, t);
    return s;
}
