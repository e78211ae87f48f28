/* SPDX-License-Identifier: Apache-2.0 */
/* One descriptor has the lock; a file system without locks grants it to all. */
#include "core/io/lock.h"

#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static int open_one(void)
{
    const int file = open(scratch_path(&scratch, "file"), O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(file, 0);
    return file;
}

START_TEST(one_owner)
{
    const int first = open_one(), second = open_one();
    ck_assert(lock_take(first, "file"));
    ck_assert(!lock_take(second, "file"));
    close(first);
    ck_assert(lock_take(second, "file"));
    close(second);
}
END_TEST

static const int refusals[] = {ENOTSUP, ENOSYS, ENOLCK, EINVAL};

START_TEST(without_locks)
{
    const int first = open_one(), second = open_one();
    deny_call(SYS_flock, refusals[_i]);
    ck_assert(lock_take(first, "file"));
    ck_assert(lock_take(second, "file"));
}
END_TEST

Suite *test_lock_suite(void);
Suite *test_lock_suite(void)
{
    Suite *s = suite_create("lock");
    TCase *c = tcase_create("lock");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, one_owner);
    tcase_add_loop_test(c, without_locks, 0, sizeof refusals / sizeof *refusals);
    suite_add_tcase(s, c);
    return s;
}
