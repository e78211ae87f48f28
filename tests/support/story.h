/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the documentation, run as printed, in the folder of tests/support/tiny.h. */
#ifndef RAMPLUS_TESTS_SUPPORT_STORY_H
#define RAMPLUS_TESTS_SUPPORT_STORY_H

/* Makes the program under test available as `ramplus`. */
void story_put_program(void);
/* Runs a command in the folder; returns its exit code. *out (may be NULL): all of its output,
 * owned. */
int story_shell(const char *command, char **out);
/* The same, which must succeed. */
void story_must(const char *command);

#endif
