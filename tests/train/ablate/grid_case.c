/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/train/ablate/grid_case.h"

#include <string.h>

int grid_count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}
