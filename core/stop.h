/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping on SIGHUP, SIGINT, SIGTERM and SIGUSR1. One of them that the parent process ignores,
 * as nohup does with SIGHUP and a shell with SIGINT for background commands, stays ignored.
 *
 * A signal ends the program at once, wherever it is: unfinished files are removed
 * (core/unfinished.h), so that what is on disk is as complete as before. A command that can be
 * resumed exits with ERROR_STOPPED; others end by the signal itself, which a shell reports as
 * 128 plus its number.
 *
 * While a command has work to save, it holds the signals: it asks stop_pending in every loop
 * that may take long, saves, and ends. A second SIGINT then ends the program by that signal at
 * once, and what was not saved is lost; other signals are sent again by some systems and change
 * nothing. */
#ifndef RAMPLUS_CORE_STOP_H
#define RAMPLUS_CORE_STOP_H

#include <stdbool.h>

/* Lets the signals wait, also across execve, until stop_open. Call it first. In another thread
 * than the main one: leaves them to the others. */
void stop_block(void);

/* From here on a signal ends the program; resumes: with ERROR_STOPPED. Call it in the main
 * thread, which then handles the signals. */
void stop_open(bool resumes);

/* From here on a signal waits for stop_pending, in a command that resumes. May be repeated. */
void stop_hold(void);

/* The signal that waits, or 0. Once it is not 0 it stays so. Any thread may call it. */
int stop_pending(void);

/* Takes stop_hold back: everything is saved. Ends the program if a signal waits. */
void stop_release(void);

/* Ends the program with ERROR_STOPPED, after the work has been saved. Threads that wait for a
 * disk or a server are not waited for. */
_Noreturn void stop_end(void);

/* What messages call a signal: "Ctrl-C" for SIGINT, else "SIGTERM". Static. */
const char *stop_name(int number);

#endif
