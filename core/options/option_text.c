/* SPDX-License-Identifier: Apache-2.0 */
/* The option table as text: similar names, the dump, the help. */
#include "core/options/option.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/options/option_value.h"
#include "core/printable.h"
#include "core/strings/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX = 64, /* longer names are not compared */
    NUMBER = 32,   /* bytes of a number as text */
};

/* ---- similar names ----------------------------------------------------------------------- */

static int smaller(int a, int b) { return a < b ? a : b; }

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Insertions, deletions, replacements and swaps of neighbors between a and b, ignoring case
 * (optimal string alignment). */
static int distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b);
    int row[3][NAME_MAX + 1]; /* row i % 3: distances of a[0..i) to every b[0..j) */
    if (n > NAME_MAX || m > NAME_MAX) return n + m;
    for (int i = 0; i <= n; i++) {
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            now[j] = i ? smaller(last[j], now[j - 1]) + 1 : j;
            if (i) now[j] = smaller(now[j], last[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

/* A name typed without its group is also compared with the last part. */
static int distance_to(const char *typed, const char *name)
{
    const char *dot = strrchr(name, '.');
    int whole = distance(typed, name);
    if (!dot || strchr(typed, '.')) return whole;
    return smaller(whole, distance(typed, dot + 1));
}

static int dots(const char *name)
{
    int n = 0;
    for (; *name; name++) n += *name == '.';
    return n;
}

/* Of two names that are equally similar, the one in fewer groups: "train.epochs" before
 * "loss.gr.epochs". */
const char *option_nearest(const char *typed, const char *const *name, size_t n)
{
    const char *best = NULL;
    size_t len = strlen(typed);
    if (len < 2 || len > NAME_MAX) return NULL;
    int limit = 2 + (int)len / 4; /* only smaller distances count as similar */
    for (size_t i = 0; i < n; i++) {
        int d = distance_to(typed, name[i]);
        if (d < limit || (best && d == limit && dots(name[i]) < dots(best)))
            limit = d, best = name[i];
    }
    return best;
}

const char *option_hint(const char *near, char out[static OPTION_HINT])
{
    if (!near) return "";
    snprintf(out, OPTION_HINT, "; did you mean '%.120s'?", near);
    return out;
}

/* ---- texts ------------------------------------------------------------------------------- */

/* The shortest decimal text that reads back as x. */
static const char *number_text(double x, char out[static NUMBER])
{
    char text[NUMBER] = "";
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    return memcpy(out, text, sizeof text);
}

static bool is_plain(const char *text)
{
    if (!isalpha((unsigned char)text[0]) || strcmp(text, "null") == 0) return false;
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_./-", *p)) return false;
    return true;
}

/* Whether this code point may be written literally between double quotes in YAML. */
static bool is_literal(int32_t c)
{
    if (c < 0xa0) return c >= ' ' && c <= '~' && c != '"' && c != '\\';
    return c != 0x2028 && c != 0x2029 && c != 0xfeff && c != 0xfffe && c != 0xffff;
}

static void put_quoted(Text *t, const char *text)
{
    if (is_plain(text)) {
        text_put(t, text);
        return;
    }
    text_put(t, "\"");
    for (const char *p = text; *p;) {
        const char *start = p;
        int32_t c = utf8_next(&p);
        CHECK(c > 0, "option text is not UTF-8");
        if (is_literal(c) && !printable_fault(start)) {
            text_add(t, "%.*s", (int)(p - start), start);
            continue;
        }
        text_add(t, "\\u%04x", (unsigned)c);
    }
    text_put(t, "\"");
}

static void put_float(Text *t, double x)
{
    char text[NUMBER];
    text_put(t, number_text(x, text));
}

static void put_list(Text *t, const OptionRow *row, const void *field)
{
    const OptionInts *ints = field;
    const OptionFloats *floats = field;
    const OptionStrings *strings = field;
    text_put(t, "[");
    for (int64_t i = 0; i < *(const int64_t *)field;
         i++) { /* each list starts with its count */
        if (i) text_put(t, ", ");
        if (row->type == OPTION_INTS) text_add(t, "%ld", ints->value[i]);
        if (row->type == OPTION_FLOATS) put_float(t, floats->value[i]);
        if (row->type == OPTION_STRINGS) put_quoted(t, strings->value[i]);
    }
    text_put(t, "]");
}

static void put_value(Text *t, Option option, const void *config)
{
    const OptionRow *row = option.row;
    const void *field = option_field(option, config);
    char name[OPTION_CHOICE_NAME];
    switch (row->type) {
    case OPTION_BOOL:
        text_put(t, *(const bool *)field ? "true" : "false");
        break;
    case OPTION_INT:
        text_add(t, "%ld", *(const int64_t *)field);
        break;
    case OPTION_FLOAT:
        put_float(t, *(const double *)field);
        break;
    case OPTION_CHOICE:
        put_quoted(t, option_choice(row, *(const int *)field, name));
        break;
    case OPTION_STRING:
        put_quoted(t, *(char *const *)field);
        break;
    default:
        put_list(t, row, field);
    }
}

_Static_assert(offsetof(OptionInts, count) == 0 && offsetof(OptionFloats, count) == 0 &&
                   offsetof(OptionStrings, count) == 0,
               "put_list reads the count of any list");

char *option_dump(const OptionTable *table, const void *config)
{
    Text t = {0};
    text_put(&t, "");
    Option o;
    for (size_t i = 0; option_at(table, i, &o); i++) {
        text_put(&t, o.row->name);
        text_put(&t, ": ");
        put_value(&t, o, config);
        text_put(&t, "\n");
    }
    return t.data;
}

bool option_equal(Option option, const void *a, const void *b)
{
    Text one = {0}, two = {0};
    put_value(&one, option, a);
    put_value(&two, option, b);
    const bool equal = strcmp(one.data, two.data) == 0;
    text_free(&one);
    text_free(&two);
    return equal;
}

/* ---- help -------------------------------------------------------------------------------- */

static const char *type_name(const OptionRow *row)
{
    static const char *const name[] = {
        [OPTION_BOOL] = "true or false",
        [OPTION_INT] = "whole number",
        [OPTION_FLOAT] = "number",
        [OPTION_STRING] = "text",
        [OPTION_INTS] = "list of whole numbers",
        [OPTION_FLOATS] = "list of numbers",
        [OPTION_STRINGS] = "list of texts",
    };
    return name[row->type];
}

/* Whole numbers with all their digits, other numbers as in the dump. */
static void put_bound(Text *t, double x)
{
    char text[NUMBER];
    if (x == floor(x) && fabs(x) < 1e16)
        text_add(t, "%.0f", x);
    else
        text_put(t, number_text(x, text));
}

static void put_bounds(Text *t, const OptionRow *row)
{
    const bool open = isinf(row->hi);
    if (open) text_put(t, "at least ");
    put_bound(t, row->lo);
    if (!open) text_put(t, " to "), put_bound(t, row->hi);
}

void option_put_range(Text *t, const OptionRow *row)
{
    put_bounds(t, row);
    if (!row->unit) return;
    const bool one = isinf(row->hi) && row->lo == 1; /* "at least 1 image" */
    text_add(t, " %.*s", (int)strlen(row->unit) - one, row->unit);
}

void option_put_meaning(Text *t, const OptionRow *row)
{
    char *choices = row->type == OPTION_CHOICE ? option_choices(row) : NULL;
    text_add(t, "%s\n%s", row->help, choices ? choices : type_name(row));
    mem_free(choices);
    if (row->lo != 0 || row->hi != 0) {
        text_put(t, ", ");
        option_put_range(t, row);
    } else if (row->unit) {
        text_add(t, ", %s", row->unit);
    }
    if (row->alias) text_put(t, "; also ");
    for (const char *p = row->alias; p && *p; p++)
        text_put(t, *p == '|' ? ", " : (char[]){*p, 0});
}

static bool has_name(const OptionRow *row, const char *part)
{
    return strstr(row->name, part) || (row->alias && strstr(row->alias, part));
}

size_t option_help(const OptionTable *t, const char *part, FILE *out)
{
    Option o;
    size_t found = 0;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        if (!has_name(o.row, part)) continue;
        Text text = {0};
        option_put_meaning(&text, o.row);
        const size_t help = strcspn(text.data, "\n");
        fprintf(out, "%s=%s  %.*s (%s)\n", o.row->name, o.row->fallback, (int)help, text.data,
                text.data + help + 1);
        text_free(&text);
        found++;
    }
    return found;
}
