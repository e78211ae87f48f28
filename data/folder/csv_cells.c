/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of tables. */
#include "data/folder/csv_cells.h"

#include "core/strings/utf8.h"
#include "data/folder/split_role.h"

#include <string.h>
#include <strings.h>

/* Whether the words, separated by blanks, have this one, in any case. */
static bool is_one_of(const char *cell, const char *words)
{
    const size_t n = strlen(cell);
    for (const char *p = words; *p && n; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == n && strncasecmp(p, cell, n) == 0) return true;
    return false;
}

bool csv_cell_missing(const char *cell)
{
    return utf8_blank(cell) || is_one_of(cell, "nan na n/a null none <na> #n/a");
}

enum CsvFlag csv_cell_flag(const char *cell)
{
    if (is_one_of(cell, "1 1.0 true yes x t y")) return CSV_FLAG_PRESENT;
    if (is_one_of(cell, "0 0.0 false no f n")) return CSV_FLAG_ABSENT;
    if (is_one_of(cell, "-1 -1.0")) return CSV_FLAG_UNKNOWN;
    return csv_cell_missing(cell) ? CSV_FLAG_EMPTY : CSV_FLAG_NONE;
}

int csv_cell_role(const char *cell)
{
    if (csv_cell_missing(cell)) return OWN_ROLE_DRAWN;
    const enum OwnRole role = split_role(cell, strlen(cell));
    return role == OWN_ROLE_DRAWN ? -1 : (int)role;
}

/* ---- lists ------------------------------------------------------------------------------- */

CsvTags csv_tags(char *cell, char separator)
{
    cell = utf8_strip(cell);
    const size_t n = strlen(cell);
    if (n < 2 || cell[0] != '[' || cell[n - 1] != ']') return (CsvTags){cell, separator, false};
    cell[n - 1] = 0;
    return (CsvTags){cell + 1, ',', true};
}

/* Resolves the quotes at p in place, where \ precedes a quote. Returns what follows them, or
 * NULL if they are not closed. */
static char *unquote(char *p)
{
    const char quote = *p;
    char *from = p + 1;
    for (; *from && *from != quote; from++) {
        from += *from == '\\' && from[1];
        *p++ = *from;
    }
    char *end = *from ? from + 1 : NULL;
    *p = 0;
    return end;
}

static char *cut(CsvTags *t)
{
    const char stops[] = {'\n', '\r', t->separator, 0};
    char *tag = t->rest + utf8_indent(t->rest), *end = tag;
    if (t->quoted && (*tag == '"' || *tag == '\'')) end = unquote(tag);
    if (end) end += strcspn(end, stops);
    t->rest = end && *end ? end + 1 : NULL;
    if (end) *end = 0;
    return utf8_strip(tag);
}

char *csv_tags_next(CsvTags *t)
{
    while (t->rest) {
        char *tag = cut(t);
        if (*tag) return tag;
    }
    return NULL;
}
