/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that wait for the disk: none is lost, torn, doubled or out of order. */
#include "core/io/line_log.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static Scratch scratch;
static LineLog line_log;

static void setup(void)
{
    scratch_new(&scratch);
    line_log = line_log_new(scratch_path(&scratch, "log"));
}

static void teardown(void)
{
    line_log_free(&line_log);
    scratch_free(&scratch);
}

static void holds(const char *want)
{
    Bytes b;
    ck_assert_int_eq(file_read(line_log.path, &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, want);
    bytes_free(&b);
}

START_TEST(appends_lines)
{
    line_log_add(&line_log, "one");
    line_log_add(&line_log, "100%s");
    holds("one\n100%s\n");
    ck_assert_int_eq(line_log_sync(&line_log, NULL), 0);
    line_log_free(&line_log);
    line_log = line_log_new(scratch_path(&scratch, "log"));
    line_log_add(&line_log, "three");
    holds("one\n100%s\nthree\n");
}
END_TEST

START_TEST(follows_no_link)
{
    char *victim = mem_strdup(scratch_text(&scratch, "victim", "mine"));
    ck_assert_int_eq(symlink(victim, line_log.path), 0);
    line_log_add(&line_log, "one");
    ck_assert_int_eq(file_bytes(victim), 4);
    ck_assert_int_eq(unlink(line_log.path), 0);
    line_log_add(&line_log, "two");
    holds("one\ntwo\n");
    mem_free(victim);
}
END_TEST

/* Without a line, there is no file. */
START_TEST(an_empty_log)
{
    ck_assert_int_eq(line_log_sync(&line_log, NULL), 0);
    ck_assert(!file_exists(line_log.path));
}
END_TEST

static void limit_bytes(rlim_t bytes)
{
    struct rlimit now;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* The disk is full within a line. */
START_TEST(a_torn_line_is_completed)
{
    Error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    limit_bytes(6);
    line_log_add(&line_log, "one");
    line_log_add(&line_log, "two");
    line_log_add(&line_log, "three");
    holds("one\ntw");
    ck_assert_int_eq(line_log_sync(&line_log, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "log: cannot write: File too large");
    limit_bytes(RLIM_INFINITY);
    line_log_add(&line_log, "four");
    holds("one\ntwo\nthree\nfour\n");
    ck_assert_int_eq(line_log_sync(&line_log, NULL), 0);
    holds("one\ntwo\nthree\nfour\n");
}
END_TEST

START_TEST(a_folder_that_comes_later)
{
    Error err = {0};
    line_log_free(&line_log);
    line_log = line_log_new(scratch_path(&scratch, "later/log"));
    line_log_add(&line_log, "one");
    ck_assert_int_eq(line_log_sync(&line_log, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "later/log: cannot write: No such file");
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "later"), NULL), 0);
    ck_assert_int_eq(line_log_sync(&line_log, NULL), 0);
    holds("one\n");
}
END_TEST

/* Lines are on the disk only after an fsync that has succeeded. */
START_TEST(a_failing_fsync_is_repeated)
{
    Error err = {0};
    deny_some(SYS_fsync, EIO, "/log", 0, 1);
    line_log_add(&line_log, "one");
    ck_assert_int_eq(line_log_sync(&line_log, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "log: cannot write: Input/output error");
    ck_assert(line_log.unsynced);
    ck_assert_int_eq(line_log_sync(&line_log, NULL), 0);
    ck_assert(!line_log.unsynced);
    holds("one\n");
}
END_TEST

Suite *test_line_log_suite(void);
Suite *test_line_log_suite(void)
{
    Suite *s = suite_create("line_log");
    TCase *c = tcase_create("line_log");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, appends_lines);
    tcase_add_test(c, an_empty_log);
    tcase_add_test(c, follows_no_link);
    tcase_add_test(c, a_torn_line_is_completed);
    tcase_add_test(c, a_folder_that_comes_later);
    tcase_add_test(c, a_failing_fsync_is_repeated);
    suite_add_tcase(s, c);
    return s;
}
