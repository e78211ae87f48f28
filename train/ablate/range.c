/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting lists at their commas, and ranges of numbers. */
#include "train/ablate/range.h"

#include "core/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 6 };

/* The end of a value: the next comma outside of brackets and quotes, or the end of the text. */
static const char *value_end(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p && (*p != ',' || depth > 0 || quote); p++) {
        if (quote || *p == '"' || *p == '\'') quote = quote ? (*p == quote ? 0 : quote) : *p;
        if (!quote) depth += (*p == '[') - (*p == ']');
    }
    return p;
}

typedef struct Range {
    double lo, hi;
    int64_t count;
    bool log;
} Range;

/* Parses LO..HI:N, LO..HI:Nlin or LO..HI:Nlog; false if the text is something else. */
static bool parse(const char *text, Range *r)
{
    const char *dots = strstr(text, ".."); /* strtod would take the first of them */
    if (!dots) return false;
    char *end, *lo = mem_format("%.*s", (int)(dots - text), text);
    r->lo = strtod(lo, &end);
    const bool number = end > lo && !*end;
    mem_free(lo);
    r->hi = strtod(dots + 2, &end);
    if (!number || end == dots + 2 || *end != ':') return false;
    const char *count = end + 1;
    r->count = strtol(count, &end, 10);
    r->log = strcmp(end, "log") == 0;
    return end > count && (r->log || *end == 0 || strcmp(end, "lin") == 0);
}

static double value_at(const Range *r, int64_t i)
{
    if (i == 0 || i + 1 == r->count) return i == 0 ? r->lo : r->hi;
    const double part = (double)i / (double)(r->count - 1);
    return r->log ? r->lo * pow(r->hi / r->lo, part) : r->lo + (r->hi - r->lo) * part;
}

static int check(const char *option, const char *text, const Range *r, Error *err)
{
    const char *why = NULL;
    if (!isfinite(r->lo) || !isfinite(r->hi))
        why = "the ends must be finite";
    else if (r->count < 2 || r->count > RANGE_MAX)
        why = "expected 2 to 256 values";
    else if (r->lo == r->hi)
        why = "the ends are equal";
    else if (r->log && !(r->lo * r->hi > 0))
        why = "equal factors need ends of the same sign, and neither may be 0";
    if (!why) return 0;
    return error_set(err, ERROR_USAGE, "ablate: --%s: %s: %s", option, text, why);
}

/* Whether all values differ when printed with so many digits. */
static bool distinct(const Range *r, int digits)
{
    char before[40] = "", now[40];
    for (int64_t i = 0; i < r->count; i++) {
        snprintf(now, sizeof now, "%.*g", digits, value_at(r, i));
        if (strcmp(now, before) == 0) return false;
        memcpy(before, now, sizeof now);
    }
    return true;
}

static int add_range(const char *option, const char *text, const Range *r, OptionStrings *out,
                     Error *err)
{
    int digits = 3;
    if (check(option, text, r, err) != 0) return -1;
    while (digits < DIGITS && !distinct(r, digits)) digits++;
    if (!distinct(r, digits))
        return error_set(err, ERROR_USAGE, "ablate: --%s: %s: the values differ too little",
                         option, text);
    for (int64_t i = 0; i < r->count; i++) {
        const bool end = i == 0 || i + 1 == r->count; /* as written, whatever its digits */
        option_strings_add(out, mem_format("%.*g", end ? 15 : digits, value_at(r, i)));
    }
    return 0;
}

int range_read(const char *option, const char *text, OptionStrings *out, Error *err)
{
    for (const char *at = text, *end; at; at = *end ? end + 1 : NULL) {
        Range r;
        end = value_end(at);
        char *value = mem_format("%.*s", (int)(end - at), at);
        int status = 0;
        if (!*value)
            status =
                error_set(err, ERROR_USAGE, "ablate: --%s: %s: an empty value", option, text);
        else if (parse(value, &r))
            status = add_range(option, value, &r, out, err);
        else
            option_strings_add(out, mem_strdup(value));
        mem_free(value);
        if (status != 0) return -1;
    }
    return 0;
}
