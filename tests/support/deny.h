/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that lack something, and disks that fail now and then: the kernel refuses a
 * system call of this process and of all programs that it starts. There is no way back, so use
 * it in tests that have a process of their own. */
#ifndef RAMPLUS_TESTS_SUPPORT_DENY_H
#define RAMPLUS_TESTS_SUPPORT_DENY_H

#include <stdint.h>

/* The call with this number (SYS_symlink) fails with this errno from now on. */
void deny_call(long number, int error);

/* Of the calls with this number on a file whose path contains `path`, the first `good` ones are
 * carried out, the `bad` ones after them fail, and all later ones are carried out. For openat,
 * newfstatat, rename (from), symlink (the link), unlink, and calls whose first argument is a
 * descriptor. The kernel asks a thread of this process. Once per process. */
void deny_some(long number, int error, const char *path, int64_t good, int64_t bad);

#endif
