/* SPDX-License-Identifier: Apache-2.0 */
/* The state of each signal is the handler that the kernel has for it:
 *
 *   end_by_signal               a command that cannot be resumed
 *   end_to_resume  <->  hold    one that can: without and with work to save
 *                       held    a signal has come while it was held
 *
 * So a change of state is one system call, also in a handler, and needs no variable. Handlers
 * use only what is safe in them, and a stack of their own: oneDNN's code keeps data below the
 * stack pointer, where the kernel would otherwise put the handler's frame. */
#define _GNU_SOURCE
#include "core/stop.h"

#include "core/error.h"
#include "core/terminal.h"
#include "core/unfinished.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
enum { SIGNALS = sizeof signals / sizeof *signals };

typedef void Handler(int number);

/* The address sanitizer reads the bounds of other stacks from a file, which stop_end no longer
 * allows. */
#ifdef __SANITIZE_ADDRESS__
enum { OWN_STACK = 0 };
#else
enum { OWN_STACK = SA_ONSTACK };
#endif

const char *stop_name(int number)
{
    switch (number) {
    case SIGHUP:
        return "SIGHUP";
    case SIGINT:
        return "Ctrl-C";
    case SIGUSR1:
        return "SIGUSR1";
    default:
        return "SIGTERM";
    }
}

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < SIGNALS; i++) sigaddset(&set, signals[i]);
    return set;
}

/* Restarts system calls that the signal interrupts. Returns the handler before. */
static Handler *set_handler(int number, Handler *handler)
{
    struct sigaction new = {.sa_handler = handler, .sa_flags = SA_RESTART | OWN_STACK}, old;
    new.sa_mask = stop_signals();
    sigaction(number, &new, &old);
    return old.sa_handler;
}

static Handler *handler_of(int number)
{
    struct sigaction now;
    sigaction(number, NULL, &now);
    return now.sa_handler;
}

/* ---- the end ---- */

static void put_line(const char *before, int number, const char *after)
{
    char line[160];
    snprintf(line, sizeof line, "%s%s%s%s\n", terminal_redraws() ? TERMINAL_CLEAR : "", before,
             stop_name(number), after);
    const ssize_t n = write(STDERR_FILENO, line, strlen(line));
    (void)n; /* nothing is left that could be done about it */
}

/* Further signals change nothing. */
static void clean_up(void)
{
    for (int i = 0; i < SIGNALS; i++) set_handler(signals[i], SIG_IGN);
    unfinished_remove_last();
}

/* The parent sees that the signal was the cause: a shell leaves its loop, too. */
static _Noreturn void die(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    clean_up();
    set_handler(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(128 + number); /* the first process of a container survives its own signals */
}

void stop_end(void)
{
    clean_up();
    _exit(ERROR_STOPPED);
}

static void end_by_signal(int number)
{
    put_line("error: ", number, ": stopped before the end");
    die(number);
}

static void end_to_resume(int number)
{
    put_line("", number,
             ": stopping; nothing is left to save; run the same command again to resume");
    stop_end();
}

/* ---- holding ---- */

static void held(int number)
{
    if (number != SIGINT) return;
    put_line("error: second ", number, ": stopped without saving");
    die(number);
}

static void hold(int number) { set_handler(number, held); }

void stop_block(void)
{
    const sigset_t set = stop_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Gives the calling thread a stack for handlers, unless it has one, as under a sanitizer. */
static void own_stack(void)
{
    static char stack[64 * 1024];
    const stack_t new = {.ss_sp = stack, .ss_size = sizeof stack};
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE) sigaltstack(&new, NULL);
}

void stop_open(bool resumes)
{
    const sigset_t set = stop_signals();
    own_stack();
    for (int i = 0; i < SIGNALS; i++)
        if (handler_of(signals[i]) != SIG_IGN)
            set_handler(signals[i], resumes ? end_to_resume : end_by_signal);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void stop_hold(void)
{
    for (int i = 0; i < SIGNALS; i++)
        if (handler_of(signals[i]) == end_to_resume) set_handler(signals[i], hold);
}

int stop_pending(void)
{
    for (int i = 0; i < SIGNALS; i++)
        if (handler_of(signals[i]) == held) return signals[i];
    return 0;
}

void stop_release(void)
{
    int waiting = 0;
    for (int i = 0; i < SIGNALS; i++) {
        Handler *now = handler_of(signals[i]);
        if ((now == hold || now == held) && set_handler(signals[i], end_to_resume) == held)
            waiting = signals[i];
    }
    if (waiting) end_to_resume(waiting);
}
