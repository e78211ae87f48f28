/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that ends early must not leave behind. */
#ifndef RAMPLUS_CORE_UNFINISHED_H
#define RAMPLUS_CORE_UNFINISHED_H

/* The name of a file whose lock says that a folder is in use (core/io/lock.h). */
#define UNFINISHED_LOCK "lock"

/* Removes the files NAME.tmp.PID that this process is writing, and the files UNFINISHED_LOCK
 * whose lock it holds. Allocates nothing and takes no lock, so that it can be called without
 * memory and from a signal handler. */
void unfinished_remove(void);

/* The same for a process that ends now although other threads may be creating files: from here
 * on it cannot open any. Takes 5 ms. */
void unfinished_remove_last(void);

#endif
