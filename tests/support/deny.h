/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that lack something: the kernel refuses a system call of this process and of all
 * programs that it starts. There is no way back, so use it in tests that have a process of
 * their own. */
#ifndef RAMPLUS_TESTS_SUPPORT_DENY_H
#define RAMPLUS_TESTS_SUPPORT_DENY_H

/* The call with this number (SYS_symlink) fails with this errno from now on. */
void deny_call(long number, int error);

#endif
