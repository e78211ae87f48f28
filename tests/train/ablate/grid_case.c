/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/train/ablate/grid_case.h"

#include <stdbool.h>
#include <string.h>

int grid_count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

char *grid_without_seconds(char *text)
{
    char *to = text;
    bool details = false;
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        size_t n = (size_t)(end - line);
        details = strncmp(line, "cell", 4) == 0
                      ? strstr(line, "rank") && strstr(line, "rank") < end
                      : details && *line != '\n';
        while (details && n > 0 && line[n - 1] != ' ') n--;
        memmove(to, line, n);
        to += n;
        if (details) *to++ = '\n';
    }
    *to = 0;
    return text;
}
