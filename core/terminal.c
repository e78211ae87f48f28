/* SPDX-License-Identifier: Apache-2.0 */
/* What the terminal and the environment say. */
#include "core/terminal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

bool terminal_redraws(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (!term || !*term || strcmp(term, "dumb") == 0) return false;
    return !(no_color && *no_color) && isatty(STDERR_FILENO) == 1;
}

int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *text = getenv("COLUMNS");
    const long columns = text ? strtol(text, NULL, 10) : 0;
    return columns > 0 && columns < INT_MAX ? (int)columns : USUAL_WIDTH;
}
