/* SPDX-License-Identifier: Apache-2.0 */
/* Fields with and without quotes. */
#include "core/strings/csv.h"

#include "core/strings/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Resolves the quotes at p in place. Returns what follows them, or NULL. */
static char *unquote(char *p)
{
    char *from = p + 1;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *p++ = *from;
    }
    char *end = *from ? from + 1 : NULL;
    *p = 0;
    return end;
}

char *csv_cut(char **rest)
{
    char *field = *rest + utf8_indent(*rest), *comma;
    const bool quoted = *field == '"';
    char *end = quoted ? unquote(field) : field;
    if (!end) return NULL;
    comma = strchr(end, ',');
    *rest = comma ? comma + 1 : NULL;
    if (comma) *comma = 0;
    if (!quoted) return utf8_strip(field);
    return *utf8_strip(end) ? NULL : field;
}
