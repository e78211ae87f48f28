/* SPDX-License-Identifier: Apache-2.0 */
/* One owner of a run folder. */
#include "train/run/run_lock.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static Scratch scratch;
static char run[160], file[176];

static void setup(void)
{
    scratch_new(&scratch);
    strcpy(run, scratch_path(&scratch, "runs/one"));
    snprintf(file, sizeof file, "%s/lock", run);
}

static void teardown(void) { scratch_free(&scratch); }

static RunLock locked(void)
{
    RunLock lock;
    Error err = {0};
    ck_assert_msg(run_lock(run, &lock, &err) == 0, "%s", err.text);
    return lock;
}

START_TEST(the_second_owner_is_told_who_the_first_is)
{
    RunLock first = locked(), second;
    Error err = {0};
    char host[128] = "", owner[200];
    gethostname(host, sizeof host - 1);
    snprintf(owner, sizeof owner, "runs/one: in use by another process: process %ld on %s",
             (long)getpid(), host);
    ck_assert_int_eq(run_lock(run, &second, &err), -1);
    expect_error(&err, ERROR_RUNTIME, owner);
    run_unlock(&second);
    ck_assert(file_exists(file));
    run_unlock(&first);
    first = locked();
    run_unlock(&first);
}
END_TEST

START_TEST(nothing_is_left_of_a_folder_that_was_not_used)
{
    RunLock lock = locked();
    run_unlock(&lock);
    ck_assert(!file_exists(run));
    lock = locked();
    scratch_text(&scratch, "runs/one/config.yaml", "");
    run_unlock(&lock);
    ck_assert(file_exists(run));
    ck_assert(!file_exists(file));
    unlink(scratch_path(&scratch, "runs/one/config.yaml"));
    lock = locked(); /* an empty folder that was there before */
    run_unlock(&lock);
    ck_assert(file_exists(run));
}
END_TEST

/* Whoever packed the folder cannot have the name of the owner written over another file. */
START_TEST(a_link_in_place_of_the_lock)
{
    RunLock lock;
    Error err = {0};
    char *victim = mem_strdup(scratch_text(&scratch, "victim", "mine"));
    ck_assert_int_eq(file_mkdirs(run, NULL), 0);
    ck_assert_int_eq(symlink(victim, file), 0);
    ck_assert_int_eq(run_lock(run, &lock, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/lock: cannot write: ");
    ck_assert_int_eq(file_bytes(victim), 4);
    mem_free(victim);
}
END_TEST

START_TEST(a_killed_owner_is_no_obstacle)
{
    const pid_t child = fork();
    if (child == 0) {
        locked();
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    ck_assert(file_exists(file));
    RunLock lock = locked();
    Bytes owner;
    char mine[32];
    snprintf(mine, sizeof mine, "process %ld on ", (long)getpid());
    ck_assert_int_eq(file_read(file, &owner, NULL), 0);
    ck_assert_ptr_nonnull(strstr((const char *)owner.data, mine));
    bytes_free(&owner);
    run_unlock(&lock);
}
END_TEST

static const int refusals[] = {ENOSYS, ENOTSUP, ENOLCK, EINVAL};

START_TEST(a_file_system_without_locks)
{
    deny_call(SYS_flock, refusals[_i]);
    RunLock first = locked(), second = locked();
    run_unlock(&second);
    run_unlock(&first);
    ck_assert(!file_exists(run));
}
END_TEST

START_TEST(a_folder_that_cannot_be_written)
{
    RunLock lock;
    Error err = {0};
    file_mkdirs(run, NULL);
    deny_call(SYS_openat, EROFS);
    ck_assert_int_eq(run_lock(run, &lock, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "runs/one/lock: cannot write: Read-only file system");
}
END_TEST

enum { OWNERS = 6, TURNS = 200 };

/* Takes the lock TURNS times; inside it, a file must not exist yet. */
static int take_turns(const char *inside)
{
    for (int turns = 0; turns < TURNS;) {
        RunLock lock;
        if (run_lock(run, &lock, NULL) != 0) continue;
        const int fd = open(inside, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) return 1;
        close(fd);
        unlink(inside);
        run_unlock(&lock);
        turns++;
    }
    return 0;
}

START_TEST(one_owner_at_a_time)
{
    char inside[160];
    strcpy(inside, scratch_path(&scratch, "inside"));
    file_mkdirs(run, NULL);
    pid_t child[OWNERS];
    for (int i = 0; i < OWNERS; i++) {
        child[i] = fork();
        if (child[i] == 0) _exit(take_turns(inside));
    }
    for (int i = 0; i < OWNERS; i++) {
        int status;
        waitpid(child[i], &status, 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

/* The same command twice at once: the first one goes on. */
START_TEST(a_second_run_is_refused)
{
    tiny_new();
    const pid_t first = tiny_start("twice", "train.epochs=1000 save.every=3 data.eval=");
    for (int i = 0; i < 6000 && !tiny_exists("@/twice/checkpoints/latest"); i++)
        tiny_sleep(0.01);
    char *messages = tiny_train(1, "twice", "train.epochs=1000");
    char owner[64];
    snprintf(owner, sizeof owner, "in use by another process: process %ld on ", (long)first);
    ck_assert_msg(strstr(messages, owner), "%s", messages);
    mem_free(messages);
    kill(first, SIGTERM);
    ck_assert_int_eq(tiny_wait(first), ERROR_STOPPED);
    ck_assert(!tiny_exists("@/twice/lock"));
    tiny_free();
}
END_TEST

Suite *test_run_lock_suite(void);
Suite *test_run_lock_suite(void)
{
    Suite *s = suite_create("run_lock");
    TCase *t = tcase_create("run_lock");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_second_owner_is_told_who_the_first_is);
    tcase_add_test(t, nothing_is_left_of_a_folder_that_was_not_used);
    tcase_add_test(t, a_link_in_place_of_the_lock);
    tcase_add_test(t, a_killed_owner_is_no_obstacle);
    tcase_add_loop_test(t, a_file_system_without_locks, 0, 4);
    tcase_add_test(t, a_folder_that_cannot_be_written);
    tcase_add_test(t, one_owner_at_a_time);
    tcase_add_test(t, a_second_run_is_refused);
    suite_add_tcase(s, t);
    return s;
}
