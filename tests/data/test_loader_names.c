/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images that the loader must not open, and machines that cannot open any. */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/stop.h"
#include "tests/data/loader_case.h"
#include "tests/support/deny.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static LoaderCase f;

static void setup(void) { loader_case_new(&f); }

static void teardown(void) { loader_case_free(&f); }

/* Names that leave the root, and files that would block a thread: each is its record's
 * fault. */
START_TEST(names_stay_below_the_root)
{
    static const char *const name[] = {"../p01.jpg", "/etc/passwd", "a/../../p02.jpg",
                                       "pipe",       "zero",        "/dev/stdin",
                                       "folder",     "p03.jpg/"};
    enum { NAMES = sizeof name / sizeof *name };
    char *kept[NAMES], *outside = mem_strdup(scratch_path(&f.scratch, f.paths[20]));
    ck_assert_int_eq(mkfifo(scratch_path(&f.scratch, "pipe"), 0600), 0);
    ck_assert_int_eq(symlink("/dev/zero", scratch_path(&f.scratch, "zero")), 0);
    ck_assert_int_eq(mkdir(scratch_path(&f.scratch, "folder"), 0700), 0);
    f.config.bad_list = f.bad_list;
    for (int i = 0; i < NAMES; i++) {
        kept[i] = f.paths[i];
        f.paths[i] = (char *)(uintptr_t)name[i];
    }
    const Trace t = trace(&f.config, 4); /* 15 of 23 images: three batches */
    ck_assert_int_eq(t.skipped, NAMES);
    Lines lines;
    ck_assert_int_eq(lines_read(f.bad_list, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, NAMES);
    lines_free(&lines);
    f.paths[0] = outside; /* below the root, though absolute */
    ck_assert_int_eq(trace(&f.config, 4).skipped, NAMES - 1);
    char other[] = "/tmp/ramplus-test-none";
    f.config.root = other;
    f.notes.count = 1;
    ck_assert_int_eq(access(other, F_OK), -1);
    loader_case_no_batch(&f,
                         "an absolute path, not below /tmp/ramplus-test-none; to allow these: "
                         "data.absolute=true");
    f.config.absolute = true;
    loader_case_no_batch(&f, "0 of 1 unreadable");
    for (int i = 0; i < NAMES; i++) f.paths[i] = kept[i];
    mem_free(outside);
}
END_TEST

/* The root itself may be a link, and links in it may lead out of it if the user allows that. */
START_TEST(links)
{
    char *moved = mem_format("%s.moved", f.scratch.dir), *link = f.scratch.dir,
         *kept = f.paths[0];
    char outside[] = "outside.jpg";
    ck_assert_int_eq(rename(link, moved), 0);
    ck_assert_int_eq(symlink(moved, link), 0);
    ck_assert_int_eq(trace(&f.config, 3).skipped, 0);
    char *other = mem_format("%s.other", link);
    ck_assert_int_eq(rename(scratch_path(&f.scratch, kept), other), 0);
    ck_assert_int_eq(symlink(other, scratch_path(&f.scratch, outside)), 0);
    f.paths[0] = outside;
    ck_assert_int_eq(trace(&f.config, 6).skipped, 1);
    f.config.absolute = true;
    ck_assert_int_eq(trace(&f.config, 6).skipped, 0);
    f.paths[0] = kept;
    ck_assert_int_eq(unlink(other), 0);
    mem_free(other);
    ck_assert_int_eq(unlink(link), 0);
    ck_assert_int_eq(rename(moved, link), 0);
    mem_free(moved);
}
END_TEST

/* Descriptors that are used up say nothing about an image: the run ends, nothing is listed. */
START_TEST(a_machine_at_fault_is_no_bad_image)
{
    Error err = {0};
    const Batch *b;
    struct rlimit limit;
    f.config.bad_list = f.bad_list;
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_NOFILE, &limit);
    Loader *l = loader_new(&f.config, (LoaderPosition){0, 0});
    const int status = loader_next(l, &b, &err);
    const int64_t skipped = loader_skipped(l)->count;
    loader_free(l);
    limit.rlim_cur = before;
    setrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_int_eq(status, -1);
    expect_error(&err, ERROR_RUNTIME, "cannot open: Too many open files");
    ck_assert_int_eq(skipped, 0);
    ck_assert(!file_exists(f.bad_list));
}
END_TEST

/* Every read fails and is repeated for most of a second. A signal does not wait for that. */
START_TEST(a_signal_ends_the_wait)
{
    const Batch *b;
    Error err = {0};
    stop_open(true);
    stop_hold();
    raise(SIGTERM);
    deny_call(SYS_read, EIO);
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    ck_assert_int_eq(loader_next(l, &b, &err), -1);
    expect_error(&err, ERROR_STOPPED, "stopped while waiting for images");
    ck_assert_int_eq(loader_position(l).next, 0);
    loader_free(l);
}
END_TEST

Suite *test_loader_names_suite(void);
Suite *test_loader_names_suite(void)
{
    Suite *s = suite_create("loader_names");
    TCase *t = tcase_create("loader_names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, names_stay_below_the_root);
    tcase_add_test(t, links);
    tcase_add_test(t, a_machine_at_fault_is_no_bad_image);
    tcase_add_test(t, a_signal_ends_the_wait);
    suite_add_tcase(s, t);
    return s;
}
