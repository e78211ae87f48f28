/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal behind stderr, if there is one. */
#ifndef RAMPLUS_CORE_TERMINAL_H
#define RAMPLUS_CORE_TERMINAL_H

#include <stdbool.h>

/* Erases the line of the cursor, which moves to its start. */
#define TERMINAL_CLEAR "\033[2K\r"

/* Whether a line on stderr can be redrawn in place: stderr is a terminal, TERM is set and is
 * not "dumb", and NO_COLOR is not set. */
bool terminal_redraws(void);

/* Columns of the terminal now; COLUMNS if the terminal does not know, 80 if nothing does. */
int terminal_width(void);

#endif
