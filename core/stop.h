/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping on SIGINT and SIGTERM without a handler: the signals are blocked and polled between
 * steps. */
#ifndef RAMPLUS_CORE_STOP_H
#define RAMPLUS_CORE_STOP_H

#include <stdbool.h>

/* Blocks both signals. Call it before any thread is created: threads inherit the blocked
 * signals. */
void stop_block(void);

/* The pending signal, or 0. After the first one the signals are unblocked, so that a second one
 * ends the program at once. */
int stop_requested(void);

/* Whether one of the two signals is blocked and waits for stop_requested. */
bool stop_pending(void);

#endif
