/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables that libraries read once, before main. */
#ifndef RAMPLUS_CORE_MATH_REEXEC_H
#define RAMPLUS_CORE_MATH_REEXEC_H

/* Executes the program again with the same arguments if the environment lacks a setting that
 * makes it faster on this machine. Returns if no setting is missing, or on failure. Must be the
 * first call in main. Settings of the user are kept. */
void reexec_with_settings(char **argv);

#endif
