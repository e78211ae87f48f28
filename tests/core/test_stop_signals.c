/* SPDX-License-Identifier: Apache-2.0 */
/* What each of the four signals does in each state, in processes of their own. */
#include "core/stop.h"

#include "core/error.h"
#include "core/unfinished.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
enum { SIGNALS = sizeof signals / sizeof *signals, WENT_ON = 7 };

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

/* ---- lives of a process, which receives `number` on the way ---- */

static void of_another_command(int number)
{
    stop_open(false);
    raise(number);
}

static void without_work(int number)
{
    stop_open(true);
    raise(number);
}

static void blocked_at_first(int number)
{
    stop_block();
    raise(number);
    if (stop_pending()) _exit(1); /* nobody holds it */
    stop_open(true);
}

static void ignored(int number)
{
    signal(number, SIG_IGN);
    stop_block();
    raise(number);
    stop_open(true);
    raise(number);
    stop_hold();
    raise(number);
    if (stop_pending()) _exit(1);
    stop_release();
    raise(number);
}

static void with_work(int number)
{
    stop_open(true);
    stop_hold();
    if (stop_pending()) _exit(1);
    raise(number);
    stop_hold(); /* as the next step does */
    if (stop_pending() != number) _exit(1);
}

static void with_work_and_a_second_one(int number)
{
    with_work(number);
    raise(number);
}

static void with_work_and_ctrl_c(int number)
{
    with_work(number);
    raise(SIGINT);
}

static void released_with_a_signal(int number)
{
    with_work(number);
    stop_release();
}

static void after_the_release(int number)
{
    stop_open(true);
    stop_hold();
    stop_release();
    raise(number);
}

static void saved(int number)
{
    with_work(number);
    stop_end();
}

/* With nothing to hold, a command that does not resume ends all the same. */
static void another_command_cannot_hold(int number)
{
    stop_open(false);
    stop_hold();
    raise(number);
}

enum { BY_SIGNAL = -1 };

static const struct {
    void (*live)(int number);
    int code, code_of_int; /* expected of the signal, of SIGINT */
} lives[] = {
    {of_another_command, BY_SIGNAL, BY_SIGNAL},
    {another_command_cannot_hold, BY_SIGNAL, BY_SIGNAL},
    {without_work, ERROR_STOPPED, ERROR_STOPPED},
    {blocked_at_first, ERROR_STOPPED, ERROR_STOPPED},
    {ignored, WENT_ON, WENT_ON},
    {with_work, WENT_ON, WENT_ON},
    {with_work_and_a_second_one, WENT_ON, BY_SIGNAL},
    {with_work_and_ctrl_c, WENT_ON, BY_SIGNAL},
    {released_with_a_signal, ERROR_STOPPED, ERROR_STOPPED},
    {after_the_release, ERROR_STOPPED, ERROR_STOPPED},
    {saved, ERROR_STOPPED, ERROR_STOPPED},
};
enum { LIVES = sizeof lives / sizeof *lives };

/* A file that is being written, one that belongs to another process, and a lock. */
static void make_files(bool *locked)
{
    char name[64];
    snprintf(name, sizeof name, "a.h5.tmp.%ld", (long)getpid());
    open(scratch_path(&scratch, name), O_WRONLY | O_CREAT, 0600);
    open(scratch_path(&scratch, "b.h5.tmp.1"), O_WRONLY | O_CREAT, 0600);
    *locked = flock(open(scratch_path(&scratch, UNFINISHED_LOCK), O_WRONLY | O_CREAT, 0600),
                    LOCK_EX) == 0;
}

static _Noreturn void live(int life, int number, int messages)
{
    bool locked;
    dup2(messages, STDERR_FILENO);
    for (int i = 0; i < SIGNALS; i++) signal(signals[i], SIG_DFL);
    make_files(&locked);
    if (locked) lives[life].live(number);
    _exit(locked ? WENT_ON : 1);
}

static bool there(const char *name) { return access(scratch_path(&scratch, name), F_OK) == 0; }

static void check_files(pid_t child, bool ended)
{
    char name[64];
    snprintf(name, sizeof name, "a.h5.tmp.%ld", (long)child);
    ck_assert_int_eq(there(name), !ended);
    ck_assert_int_eq(there(UNFINISHED_LOCK), !ended);
    ck_assert(there("b.h5.tmp.1"));
    unlink(scratch_path(&scratch, name));
}

START_TEST(a_signal_in_a_life)
{
    const int number = signals[_i / LIVES], life = _i % LIVES;
    const int want = number == SIGINT ? lives[life].code_of_int : lives[life].code;
    const int messages = open(scratch_path(&scratch, "messages"), O_RDWR | O_CREAT, 0600);
    const pid_t child = fork();
    int status;
    if (child == 0) live(life, number, messages);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    const int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (want == BY_SIGNAL)
        ck_assert_msg(by == number, "life %d, signal %d: status %x", life, number, status);
    else
        ck_assert_msg(by == 0 && WEXITSTATUS(status) == want, "life %d, signal %d: status %x",
                      life, number, status);
    check_files(child, want != WENT_ON);
    char text[256] = "";
    ck_assert_int_ge(pread(messages, text, sizeof text - 1, 0), 0);
    const bool silent = want == WENT_ON || lives[life].live == saved;
    ck_assert_msg(silent ? !*text : strstr(text, stop_name(number)) && strchr(text, '\n'),
                  "life %d, signal %d: %s", life, number, text);
    close(messages);
}
END_TEST

/* SIGINT after another signal is the first SIGINT; the next one ends the process. */
START_TEST(two_ctrl_c_after_another_signal)
{
    const pid_t child = fork();
    int status;
    if (child == 0) {
        with_work_and_ctrl_c(SIGTERM);
        raise(SIGINT);
        _exit(WENT_ON);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "status %x", status);
}
END_TEST

Suite *test_stop_signals_suite(void);
Suite *test_stop_signals_suite(void)
{
    Suite *s = suite_create("stop_signals");
    TCase *c = tcase_create("stop_signals");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_signal_in_a_life, 0, SIGNALS * LIVES);
    tcase_add_test(c, two_ctrl_c_after_another_signal);
    suite_add_tcase(s, c);
    return s;
}
