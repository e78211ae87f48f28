/* SPDX-License-Identifier: Apache-2.0 */
/* Matching names against patterns. */
#include "core/formats/names.h"

#include "core/error.h"
#include "core/io/text.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 4 };

/* The text matched by the wildcards of a pattern. */
typedef struct Match {
    int numbers;
    long number[NUMBERS];
    const char *rest;
} Match;

static const char *read_number(const char *at, Match *m)
{
    const size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 9) return NULL;
    CHECK(m->numbers < NUMBERS, "a pattern has more than %d numbers", NUMBERS);
    m->number[m->numbers++] = strtol(at, NULL, 10);
    return at + digits;
}

static bool match(const char *pattern, const char *name, Match *m)
{
    *m = (Match){.rest = ""};
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            m->rest = name;
            return true;
        }
        name = *pattern == '#' ? read_number(name, m) : *pattern == *name ? name + 1 : NULL;
        if (!name) return false;
    }
    return !*name;
}

bool names_match(const char *pattern, const char *name)
{
    Match m;
    return match(pattern, name, &m);
}

const NameRule *names_rule(const NameRule *rule, const char *name)
{
    for (; rule->foreign; rule++)
        if (names_match(rule->foreign, name)) return rule;
    return NULL;
}

/* Adds the next number of the match, minus one if "-1" follows; returns the rest of the
 * pattern. */
static const char *put_number(Text *out, const char *p, long number)
{
    const bool less = strncmp(p, "-1", 2) == 0;
    text_add(out, "%ld", number - less);
    return p + 2 * less;
}

char *names_own(const NameRule *rule, const char *prefix, const char *name, int *piece,
                int *pieces)
{
    Match m;
    Text out = {0};
    int used = 0;
    CHECK(match(rule->foreign, name, &m), "%s: not a name of %s", name, rule->foreign);
    *piece = 0, *pieces = 1;
    text_put(&out, prefix);
    for (const char *p = rule->own; *p;) {
        const char c = *p++;
        if (c == '#')
            p = put_number(&out, p, m.number[used++]);
        else if (c == '*')
            text_put(&out, m.rest);
        else if (c == '@')
            *piece = p[0] - '1', *pieces = p[2] - '0', p += 3;
        else
            text_add(&out, "%c", c);
    }
    return out.data;
}
