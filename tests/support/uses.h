/* SPDX-License-Identifier: Apache-2.0 */
/* The cheapest use of every command, and what it needs, for tests that run all of them. */
#ifndef RAMPLUS_TESTS_SUPPORT_USES_H
#define RAMPLUS_TESTS_SUPPORT_USES_H

enum { USES = 29 };

/* The arguments; @ as in tiny.h. Each use writes into its working folder. */
extern const char *const uses[USES];

/* tiny_new, and a run, its scores, an image and a collection of clip art. For unchecked
 * fixtures. */
void uses_new(void);
void uses_free(void);

#endif
