/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that libraries read from the environment once, before main. */
#ifndef RAMPLUS_CORE_MATH_REEXEC_H
#define RAMPLUS_CORE_MATH_REEXEC_H

/* Starts the program again, with the arguments it has, if the environment lacks a setting that makes
 * it faster here; returns if there is none to add, or if it cannot. To be called first in main.
 * What the user has set stays. */
void reexec_with_settings(char **argv);

#endif
