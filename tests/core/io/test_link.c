/* SPDX-License-Identifier: Apache-2.0 */
/* Names for files that change, with and without symbolic links. */
#include "core/io/link.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void leads_to(const char *path, const char *name)
{
    char *target = link_target(path), *file = link_follow(path), *last;
    ck_assert_msg(target && strcmp(target, name) == 0, "%s", target ? target : "no link");
    ck_assert(link_reaches(path));
    Bytes bytes;
    ck_assert_int_eq(file_read(file, &bytes, NULL), 0);
    last = file_last_part(name);
    ck_assert_str_eq((const char *)bytes.data, last);
    bytes_free(&bytes);
    mem_free(last);
    mem_free(file);
    mem_free(target);
}

static const int refusals[] = {0, EPERM, ENOTSUP, ENOSYS, EINVAL};

/* The same use with symbolic links and, where the file system refuses them, without. */
START_TEST(a_link_moves)
{
    char path[160];
    Error err = {0};
    scratch_text(&scratch, "a", "a");
    scratch_text(&scratch, "b.h5", "b.h5");
    strcpy(path, scratch_path(&scratch, "latest"));
    if (refusals[_i]) deny_call(SYS_symlink, refusals[_i]);
    ck_assert_msg(link_write(path, "a", &err) == 0, "%s", err.text);
    leads_to(path, "a");
    ck_assert_msg(link_write(path, "b.h5", &err) == 0, "%s", err.text);
    leads_to(path, "b.h5");
    char text[64] = "";
    ck_assert_int_eq(readlink(path, text, sizeof text) > 0, refusals[_i] == 0);
    unlink(scratch_path(&scratch, "b.h5"));
    ck_assert(!link_reaches(path));
}
END_TEST

/* A folder that was copied to a file system without links, or back. */
START_TEST(both_forms_replace_each_other)
{
    char path[160];
    scratch_text(&scratch, "a", "a");
    scratch_text(&scratch, "b", "b");
    strcpy(path, scratch_text(&scratch, "latest", "b\r\n"));
    leads_to(path, "b");
    ck_assert_int_eq(link_write(path, "a", NULL), 0);
    leads_to(path, "a");
    deny_call(SYS_symlink, EPERM);
    ck_assert_int_eq(link_write(path, "b", NULL), 0);
    leads_to(path, "b");
}
END_TEST

static const char *const others[] = {"",      "a",         "a\nb\n", "a\n\n", "\n",
                                     "./a\n", "missing\n", "\r\n",   "a\r",   "a b\n"};

START_TEST(other_files_are_no_links)
{
    char path[160];
    scratch_text(&scratch, "a", "a");
    strcpy(path, scratch_text(&scratch, "plain", others[_i]));
    char *file = link_follow(path);
    ck_assert_str_eq(file, path);
    mem_free(file);
}
END_TEST

START_TEST(a_folder_without_the_right_to_write)
{
    Error err = {0};
    const char *path = scratch_path(&scratch, "missing/latest");
    ck_assert_int_eq(link_write(path, "a", &err), -1);
    expect_error(&err, ERROR_RUNTIME, "missing/latest: cannot write: No such file");
    ck_assert_ptr_null(link_target(path));
    ck_assert(!link_reaches(path));
}
END_TEST

Suite *test_link_suite(void);
Suite *test_link_suite(void)
{
    Suite *s = suite_create("link");
    TCase *t = tcase_create("link");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_link_moves, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(t, both_forms_replace_each_other);
    tcase_add_loop_test(t, other_files_are_no_links, 0, sizeof others / sizeof *others);
    tcase_add_test(t, a_folder_without_the_right_to_write);
    suite_add_tcase(s, t);
    return s;
}
