/* SPDX-License-Identifier: Apache-2.0 */
/* The typed option table: rows by name, values from text into the caller's struct. */
#include "core/options/option.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/options/option_value.h"
#include "core/strings/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names ------------------------------------------------------------------------------- */

/* Section i of a table: an element of its array, or the result of its function. */
static bool section_at(const OptionTable *t, size_t i, OptionSection *out)
{
    if (t->nested) return t->nested(i, out);
    if (i >= t->sections) return false;
    *out = t->section[i];
    return true;
}

size_t option_count(const OptionTable *t)
{
    OptionSection s;
    size_t n = t->rows;
    for (size_t i = 0; section_at(t, i, &s); i++) n += option_count(s.table);
    return n;
}

bool option_at(const OptionTable *t, size_t i, Option *out)
{
    OptionSection s;
    if (i < t->rows) {
        *out = (Option){&t->row[i], t->row[i].offset};
        return true;
    }
    i -= t->rows;
    for (size_t k = 0; section_at(t, k, &s); k++) {
        if (option_at(s.table, i, out)) {
            out->at += s.offset;
            return true;
        }
        i -= option_count(s.table);
    }
    return false;
}

bool option_find(const OptionTable *t, const char *name, Option *out, size_t *index)
{
    size_t i = 0;
    while (option_at(t, i, out) && strcmp(out->row->name, name) != 0) i++;
    if (i == option_count(t))
        for (i = 0; option_at(t, i, out) && !option_in_list(out->row->alias, name) &&
                    !option_in_list(out->row->formerly, name);)
            i++;
    if (index) *index = i;
    return i < option_count(t);
}

bool option_is_group(const OptionTable *t, const char *name)
{
    Option o;
    size_t n = strlen(name);
    for (size_t i = 0; option_at(t, i, &o); i++)
        if (strncmp(o.row->name, name, n) == 0 && o.row->name[n] == '.') return true;
    return false;
}

char *option_nearest_name(const OptionTable *t, const char *name)
{
    Option o;
    const size_t count = option_count(t);
    size_t room = count, n = 0;
    for (size_t i = 0; option_at(t, i, &o); i++) room += option_count_list(o.row->alias);
    const char **all = mem_alloc(room * sizeof *all);
    char **cut = mem_calloc(count, sizeof *cut);
    for (size_t i = 0; option_at(t, i, &o); i++) all[n++] = o.row->name;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        if (!o.row->alias) continue;
        cut[i] = mem_strdup(o.row->alias);
        n += option_cut_list(cut[i], all + n);
    }
    const char *near = option_nearest(name, all, n);
    char *copy = near ? mem_strdup(near) : NULL;
    for (size_t i = 0; i < count; i++) mem_free(cut[i]);
    mem_free(cut);
    mem_free(all);
    return copy;
}

int option_unknown(const OptionTable *t, const char *name, Error *err)
{
    char *near = option_nearest_name(t, name), hint[OPTION_HINT];
    const bool list = !near && t->hint;
    error_set(err, ERROR_USAGE, "%.80s: unknown option%s%s%s", name, option_hint(near, hint),
              list ? "; " : "", list ? t->hint : "");
    mem_free(near);
    return -1;
}

/* ---- values ------------------------------------------------------------------------------ */

void *option_field(Option option, const void *config)
{
    return (char *)(uintptr_t)config + option.at;
}

static int refuse(const OptionRow *row, const char *text, const char *want, Error *err)
{
    return error_set(err, ERROR_USAGE, "%s: '%.80s': expected %s", row->name, text, want);
}

static int check_range(const OptionRow *row, const char *text, double x, Error *err)
{
    Text range = {0};
    if ((row->lo == 0 && row->hi == 0) || (x >= row->lo && x <= row->hi)) return 0;
    option_put_range(&range, row);
    error_set(err, ERROR_USAGE, "%s: '%.80s': out of range, expected %s", row->name, text,
              range.data);
    text_free(&range);
    return -1;
}

static int parse_bool(const OptionRow *row, const char *text, bool *out, Error *err)
{
    static const char *const names[] = {"false", "no", "off", "0", "true", "yes", "on", "1"};
    for (size_t i = 0; i < 8; i++)
        if (strcasecmp(text, names[i]) == 0) return *out = i >= 4, 0;
    return refuse(row, text, "true or false", err);
}

static int parse_int(const OptionRow *row, const char *text, int64_t *out, Error *err)
{
    char *end;
    if (!strchr("+-0123456789", text[0]) || !text[0])
        return refuse(row, text, "a whole number", err);
    errno = 0;
    int64_t x = strtoll(text, &end, 10);
    if (*end || end == text) return refuse(row, text, "a whole number", err);
    if (errno == ERANGE) return refuse(row, text, "a number of at most 18 digits", err);
    if (check_range(row, text, (double)x, err) != 0) return -1;
    *out = x;
    return 0;
}

static int parse_float(const OptionRow *row, const char *text, double *out, Error *err)
{
    char *end;
    double x = strtod(text, &end);
    if (*end || end == text || *text <= ' ') return refuse(row, text, "a number", err);
    if (!isfinite(x)) return refuse(row, text, "a finite number", err);
    if (check_range(row, text, x, err) != 0) return -1;
    *out = x;
    return 0;
}

static int parse_string(const OptionRow *row, const char *text, char **out, Error *err)
{
    for (const char *p = text; *p;)
        if (utf8_next(&p) < 0) return refuse(row, text, "UTF-8 text", err);
    char *copy = mem_strdup(text); /* text may be the old value */
    mem_free(*out);
    *out = copy;
    return 0;
}

static int parse_scalar(const OptionRow *row, void *field, const char *text, Error *err)
{
    switch (row->type) {
    case OPTION_BOOL:
        return parse_bool(row, text, field, err);
    case OPTION_INT:
        return parse_int(row, text, field, err);
    case OPTION_FLOAT:
        return parse_float(row, text, field, err);
    case OPTION_CHOICE:
        return option_parse_choice(row, text, field, err);
    default:
        return parse_string(row, text, field, err);
    }
}

/* ---- lists ------------------------------------------------------------------------------- */

static int parse_ints(const OptionRow *row, OptionValue v, OptionInts *out, Error *err)
{
    OptionInts list = {.count = v.count};
    for (int64_t i = 0; i < v.count; i++)
        if (parse_int(row, v.text[i], &list.value[i], err) != 0) return -1;
    *out = list;
    return 0;
}

static int parse_floats(const OptionRow *row, OptionValue v, OptionFloats *out, Error *err)
{
    OptionFloats list = {.count = v.count};
    for (int64_t i = 0; i < v.count; i++)
        if (parse_float(row, v.text[i], &list.value[i], err) != 0) return -1;
    *out = list;
    return 0;
}

/* There is room for the power of two at or above the count. */
void option_strings_add(OptionStrings *list, char *text)
{
    const int64_t n = list->count, room = n ? 2 * n : 1;
    if ((n & (n - 1)) == 0)
        list->value = mem_realloc(list->value, (size_t)room * sizeof *list->value);
    list->value[list->count++] = text;
}

void option_strings_free(OptionStrings *list)
{
    for (int64_t i = 0; i < list->count; i++) mem_free(list->value[i]);
    mem_free(list->value);
    *list = (OptionStrings){0};
}

static int parse_strings(const OptionRow *row, OptionValue v, OptionStrings *out, Error *err)
{
    OptionStrings list = {0};
    for (int64_t i = 0; i < v.count; i++) {
        char *text = NULL;
        if (parse_string(row, v.text[i], &text, err) != 0) {
            option_strings_free(&list);
            return -1;
        }
        option_strings_add(&list, text);
    }
    option_strings_free(out);
    *out = list;
    if (!out->value) out->value = mem_calloc(1, sizeof *out->value); /* assigned */
    return 0;
}

static int parse_list(const OptionRow *row, void *field, OptionValue v, Error *err)
{
    if (row->type == OPTION_STRINGS) return parse_strings(row, v, field, err);
    if (v.count > OPTION_LIST)
        return error_set(err, ERROR_USAGE, "%s: %ld numbers, at most %d", row->name, v.count,
                         OPTION_LIST);
    if (row->type == OPTION_INTS) return parse_ints(row, v, field, err);
    return parse_floats(row, v, field, err);
}

/* Ends the plain element at p before its comma and the blanks there. Returns what follows the
 * comma, or NULL. */
static char *cut_plain(char *p)
{
    char *end = p + strcspn(p, ","), *next = *end ? end + 1 : NULL;
    while (end > p && end[-1] == ' ') end--;
    *end = 0;
    return next;
}

/* Whether an escape starts at p: '' in single quotes, \" or \\ in double ones. */
static bool is_escape(const char *p, char quote)
{
    if (quote == '\'') return p[0] == quote && p[1] == quote;
    return p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
}

/* Resolves the element in quotes at p, as YAML does. Returns what follows its comma, or NULL;
 * *status becomes -1 unless a comma or the end follows the closing quote. */
static char *cut_quoted(char *p, int *status)
{
    const char quote = *p;
    char *from = p + 1;
    for (; *from && (*from != quote || is_escape(from, quote)); from++) {
        from += is_escape(from, quote);
        *p++ = *from;
    }
    char *next = from + 1;
    if (*from) next += strspn(next, " ");
    if (!*from || (*next && *next != ',')) *status = -1;
    *p = 0;
    return *status == 0 && *next ? next + 1 : NULL;
}

/* Splits "a, b" or "[a, 'b, c']" at its commas and drops blanks and quotes around the
 * elements. */
static int parse_list_text(const OptionRow *row, void *field, const char *text, Error *err)
{
    char *copy = mem_strdup(text), *p = copy;
    size_t len = strlen(copy), n = 0;
    int status = 0;
    if (len >= 2 && copy[0] == '[' && copy[len - 1] == ']') copy[len - 1] = 0, p++;
    char **part = mem_alloc((len + 1) * sizeof *part);
    while (status == 0 && p && *(p += strspn(p, " "))) {
        part[n++] = p;
        p = strchr("\"'", *p) ? cut_quoted(p, &status) : cut_plain(p);
    }
    if (status != 0)
        error_set(err, ERROR_USAGE, "%s: %.80s: a quote is not closed, or text follows it",
                  row->name, text);
    else
        status = parse_list(row, field, (OptionValue){true, (int64_t)n, part}, err);
    mem_free(part);
    mem_free(copy);
    return status;
}

int option_assign(Option option, void *config, OptionValue v, Error *err)
{
    const OptionRow *row = option.row;
    void *field = option_field(option, config);
    if (row->type < OPTION_INTS) {
        if (v.list)
            return error_set(err, ERROR_USAGE, "%s: a list: expected a single value",
                             row->name);
        return parse_scalar(row, field, v.text[0], err);
    }
    if (v.list) return parse_list(row, field, v, err);
    return parse_list_text(row, field, v.text[0], err);
}

/* ---- the whole struct -------------------------------------------------------------------- */

static int assign_text(Option option, void *config, const char *text, Error *err)
{
    char *const one = (char *)(uintptr_t)text;
    return option_assign(option, config, (OptionValue){false, 1, &one}, err);
}

void option_defaults(const OptionTable *t, void *config)
{
    Option o;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        Error err = {0};
        if (o.row->type == OPTION_STRING) *(char **)option_field(o, config) = NULL;
        if (o.row->type == OPTION_STRINGS)
            *(OptionStrings *)option_field(o, config) = (OptionStrings){0};
        int status = assign_text(o, config, o.row->fallback, &err);
        CHECK(status == 0, "default of %s", err.text);
        OptionStrings *list = option_field(o, config);
        if (o.row->type == OPTION_STRINGS && list->count == 0) option_strings_free(list);
    }
}

void option_free(const OptionTable *t, void *config)
{
    Option o;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        char **text = option_field(o, config);
        if (o.row->type == OPTION_STRING) mem_free(*text), *text = NULL;
        if (o.row->type == OPTION_STRINGS) option_strings_free(option_field(o, config));
    }
}

void option_own(const OptionTable *t, void *config)
{
    Option o;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        char **text = option_field(o, config);
        if (o.row->type == OPTION_STRING) *text = mem_strdup(*text);
        if (o.row->type != OPTION_STRINGS) continue;
        OptionStrings *list = option_field(o, config);
        const OptionStrings borrowed = *list;
        *list = (OptionStrings){0};
        for (int64_t k = 0; k < borrowed.count; k++)
            option_strings_add(list, mem_strdup(borrowed.value[k]));
    }
}

bool option_find_key(const OptionTable *t, const char *assignment, Option *out, size_t *index)
{
    char *name = mem_format("%.*s", (int)strcspn(assignment, "="), assignment);
    const bool found = option_find(t, name, out, index);
    mem_free(name);
    return found;
}

const OptionRow *option_of(const OptionTable *t, const char *assignment)
{
    Option o;
    return option_find_key(t, assignment, &o, NULL) ? o.row : NULL;
}

int option_set(const OptionTable *t, void *config, const char *assignment, Error *err)
{
    Option o;
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return error_set(err, ERROR_USAGE, "'%.80s': expected key=value", assignment);
    char *name = mem_format("%.*s", (int)(equals - assignment), assignment);
    char *const text = (char *)(uintptr_t)equals + 1;
    const OptionValue value = {false, 1, &text};
    int status = option_find(t, name, &o, NULL) ? option_assign(o, config, value, err)
                                                : option_unknown(t, name, err);
    if (status == 0) option_note(o.row, name, value);
    mem_free(name);
    return status;
}
