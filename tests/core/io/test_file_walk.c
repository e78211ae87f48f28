/* SPDX-License-Identifier: Apache-2.0 */
/* Listing trees: complete, or as far as they can be listed. */
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "b/2", "");
    scratch_text(&scratch, "b/locked/3", "");
    scratch_text(&scratch, "a", "");
    scratch_text(&scratch, ".hidden/4", "");
    scratch_text(&scratch, "b/.5", "");
}

static void teardown(void) { scratch_free(&scratch); }

static void make_link(const char *to, const char *name)
{
    ck_assert_int_eq(symlink(to, scratch_path(&scratch, name)), 0);
}

/* want: the lines, with a blank behind each; @ is the folder. */
static void expect_lines(const Lines *l, const char *want)
{
    size_t at = 0;
    for (size_t i = 0; i < l->count; i++) {
        const char *line = l->line[i];
        if (strncmp(want + at, "@", 1) == 0) {
            ck_assert_int_eq(strncmp(line, scratch.dir, strlen(scratch.dir)), 0);
            line += strlen(scratch.dir), at++;
        }
        ck_assert_msg(strncmp(want + at, line, strlen(line)) == 0, "%s", l->line[i]);
        at += strlen(line);
        ck_assert_int_eq(want[at++], '\n');
    }
    ck_assert_str_eq(want + at, "");
}

START_TEST(all_files)
{
    Lines files;
    make_link("a", "c");
    make_link("b", "d");
    make_link("nothing", "e");
    ck_assert_int_eq(file_walk(scratch.dir, &files, NULL), 0);
    expect_lines(&files, ".hidden/4\na\nb/.5\nb/2\nb/locked/3\nc\n");
    lines_free(&files);
}
END_TEST

START_TEST(visible_files)
{
    Lines files, left;
    make_link("a", "c");
    make_link("b", "d");
    make_link("nothing", "e");
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "f"), 0600), 0);
    ck_assert_int_eq(file_walk_visible(scratch.dir, &files, &left, NULL), 0);
    expect_lines(&files, "a\nb/2\nb/locked/3\nc\n");
    expect_lines(&left, "@/d: a link to a folder, which is not followed\n"
                        "@/e: a link: No such file or directory\n"
                        "@/f: a named pipe (FIFO)\n");
    lines_free(&left);
    lines_free(&files);
}
END_TEST

START_TEST(a_folder_that_cannot_be_listed)
{
    Lines files, left;
    Error err = {0};
    deny_some(SYS_openat, EACCES, "locked", 0, 100);
    ck_assert_int_eq(file_walk(scratch.dir, &files, &err), -1);
    expect_error(&err, ERROR_DATA, "b/locked: cannot list: Permission denied");
    ck_assert_int_eq(file_walk_visible(scratch.dir, &files, &left, NULL), 0);
    expect_lines(&files, "a\nb/2\n");
    expect_lines(&left, "@/b/locked: cannot list: Permission denied\n");
    lines_free(&left);
    lines_free(&files);
    err = (Error){0};
    char *locked = mem_format("%s/b/locked", scratch.dir);
    ck_assert_int_eq(file_walk_visible(locked, &files, &left, &err), -1);
    expect_error(&err, ERROR_DATA, "b/locked: cannot list: Permission denied");
    ck_assert(!files.count && !left.count);
    mem_free(locked);
}
END_TEST

START_TEST(a_failing_disk_ends_the_walk)
{
    Lines files, left;
    Error err = {0};
    deny_some(SYS_openat, EIO, "locked", 0, 100);
    ck_assert_int_eq(file_walk_visible(scratch.dir, &files, &left, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "b/locked: cannot list: ");
}
END_TEST

Suite *test_file_walk_suite(void);
Suite *test_file_walk_suite(void)
{
    Suite *s = suite_create("file_walk");
    TCase *t = tcase_create("file_walk");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, all_files);
    tcase_add_test(t, visible_files);
    tcase_add_test(t, a_folder_that_cannot_be_listed);
    tcase_add_test(t, a_failing_disk_ends_the_walk);
    suite_add_tcase(s, t);
    return s;
}
