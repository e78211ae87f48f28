/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping on SIGINT and SIGTERM without a handler: the signals are blocked and asked for between steps. */
#ifndef RAMPLUS_CORE_STOP_H
#define RAMPLUS_CORE_STOP_H

/* Call before any thread is made: threads inherit the blocked signals. */
void stop_block(void);

/* The signal that has come, or 0. After the first one the signals act again, so a second one ends the
 * program at once. */
int stop_requested(void);

#endif
