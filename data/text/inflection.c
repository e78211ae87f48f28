/* SPDX-License-Identifier: Apache-2.0 */
/* English inflection: exceptions first, then endings. */
#include "data/text/inflection.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/text/irregular.h"

#include <stdlib.h>
#include <string.h>

/* A line of a list: its words are separated by NUL, the bases follow the form. */
typedef struct Exception {
    const char *form, *base;
    int64_t order; /* in the file: bases keep it */
} Exception;

typedef struct ExceptionList {
    Exception *at; /* sorted by form */
    int64_t count;
} ExceptionList;

struct Inflection {
    bool verbs;
    ExceptionList list[2]; /* of nouns, of verbs */
    StringPool pool;
};

/* ---- reading ----------------------------------------------------------------------------- */

static int by_form(const void *a, const void *b)
{
    const Exception *x = a, *y = b;
    const int order = strcmp(x->form, y->form);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static bool fits(const char *word) { return *word && strlen(word) < WORD_BYTES; }

/* Adds one entry per base of the line. */
static int add_line(Inflection *m, ExceptionList *list, int64_t *room, const char *path,
                    int64_t number, char *line, Error *err)
{
    static const char blank[] = " \t";
    char *rest = line, *form = strtok_r(line, blank, &rest), *base;
    int64_t bases = 0;
    if (!form) return 0;
    for (; (base = strtok_r(NULL, blank, &rest)); bases++) {
        if (!utf8_valid(form) || !fits(form) || !fits(base)) break;
        list->at = array_grow(list->at, sizeof *list->at, list->count, room);
        list->at[list->count] =
            (Exception){strings_add(&m->pool, form, strlen(form)),
                        strings_add(&m->pool, base, strlen(base)), list->count};
        list->count++;
    }
    if (bases > 0 && !base) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: line %ld: expected an inflected word and what it comes from, as in "
                     "'geese goose'",
                     path, number);
}

static int read_list(Inflection *m, const char *path, Error *err)
{
    char *name = file_last_part(path);
    ExceptionList *list = &m->list[strstr(name, "verb") != NULL];
    Lines lines;
    mem_free(name);
    if (lines_read_plain(path, "lines such as 'geese goose'", &lines, err) != 0) return -1;
    int status = 0;
    int64_t room = list->count;
    for (size_t i = 0; i < lines.count && status == 0; i++)
        status = add_line(m, list, &room, path, (int64_t)i + 1, lines.line[i], err);
    lines_free(&lines);
    if (list->count) qsort(list->at, (size_t)list->count, sizeof *list->at, by_form);
    return status;
}

int inflection_read(const char *const *path, int64_t paths, bool verbs, Inflection **out,
                    Error *err)
{
    Inflection *m = mem_calloc(1, sizeof *m);
    int status = 0;
    m->verbs = verbs;
    *out = m;
    for (int64_t i = 0; i < paths && status == 0; i++) status = read_list(m, path[i], err);
    if (status == 0) return 0;
    inflection_free(m);
    *out = NULL;
    return -1;
}

void inflection_free(Inflection *m)
{
    if (!m) return;
    mem_free(m->list[0].at);
    mem_free(m->list[1].at);
    strings_free(&m->pool);
    mem_free(m);
}

/* ---- bases ------------------------------------------------------------------------------- */

static void add_base(InflectionBases *out, const char *word, const char *base, bool verb)
{
    if (out->count == INFLECTION_BASES || strcmp(word, base) == 0) return;
    for (int i = 0; i < out->count; i++)
        if (strcmp(out->base[i].word, base) == 0) return;
    InflectionBase *b = &out->base[out->count++];
    b->verb = verb;
    memcpy(b->word, base, strlen(base) + 1);
}

/* Adds the bases of a list; false if it has none. */
static bool add_exceptions(const ExceptionList *list, const char *word, bool verb,
                           InflectionBases *out)
{
    int64_t lo = 0, hi = list->count;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(list->at[mid].form, word) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    const int64_t first = lo;
    for (; lo < list->count && strcmp(list->at[lo].form, word) == 0; lo++)
        add_base(out, word, list->at[lo].base, verb);
    return lo > first;
}

static bool add_irregular(const char *const (*table)[2], size_t rows, const char *word,
                          bool verb, InflectionBases *out)
{
    const char *const(*row)[2] = bsearch(&word, table, rows, sizeof *table, strings_compare);
    if (row) add_base(out, word, (*row)[1], verb);
    return row != NULL;
}

/* A rule replaces an ending. What is left of the word has two letters or more, and a vowel,
 * unless the rule brings a y. */
typedef struct Rule {
    const char *ending, *instead;
} Rule;

static bool is_vowel(char c) { return c && strchr("aeiouy", c); }

static bool stands(const char *stem, size_t n)
{
    bool vowel = false;
    for (size_t i = 0; i < n; i++) vowel = vowel || is_vowel(stem[i]);
    return n >= 2 && vowel;
}

static void add_by_rule(const char *word, const Rule *r, bool verb, InflectionBases *out)
{
    const size_t n = strlen(word), cut = strlen(r->ending), more = strlen(r->instead);
    char base[WORD_BYTES];
    if (n <= cut || n - cut + more >= sizeof base || !strings_end_in(word, r->ending)) return;
    memcpy(base, word, n - cut);
    memcpy(base + n - cut, r->instead, more + 1);
    const bool y = *r->instead == 'y';
    if (n - cut >= 2 && stands(base, n - cut + y)) add_base(out, word, base, verb);
}

/* "sitting", "sat" apart: a doubled consonant before the ending is written once. */
static void add_single(const char *word, const char *ending, InflectionBases *out)
{
    const size_t n = strlen(word), cut = strlen(ending);
    char base[WORD_BYTES];
    if (n < cut + 4 || n >= sizeof base || !strings_end_in(word, ending)) return;
    const char *last = word + n - cut - 1;
    if (last[0] != last[-1] || is_vowel(*last)) return;
    memcpy(base, word, n - cut - 1);
    base[n - cut - 1] = 0;
    if (stands(base, n - cut - 1)) add_base(out, word, base, true);
}

static void add_nouns(const char *word, InflectionBases *out)
{
    static const Rule rules[] = {{"ses", "s"},   {"xes", "x"}, {"zes", "z"},   {"ches", "ch"},
                                 {"shes", "sh"}, {"oes", "o"}, {"men", "man"}, {"ies", "y"},
                                 {"ves", "f"},   {"s", ""}};
    if (strings_end_in(word, "ss") || strings_end_in(word, "us")) return;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        add_by_rule(word, &rules[i], false, out);
}

static void add_verbs(const char *word, InflectionBases *out)
{
    static const Rule rules[] = {{"ies", "y"}, {"es", ""},  {"s", ""},   {"ied", "y"},
                                 {"ed", ""},   {"ed", "e"}, {"ing", ""}, {"ing", "e"}};
    if (strings_end_in(word, "ss") || strings_end_in(word, "us")) return;
    add_single(word, "ing", out);
    add_single(word, "ed", out);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        add_by_rule(word, &rules[i], true, out);
}

#define ROWS(table) (sizeof(table) / sizeof *(table))

void inflection_bases(const Inflection *m, const char *word, InflectionBases *out)
{
    out->count = 0;
    if (!fits(word)) return;
    const bool noun = add_exceptions(&m->list[0], word, false, out) ||
                      add_irregular(irregular_nouns, ROWS(irregular_nouns), word, false, out);
    const bool verb = add_exceptions(&m->list[1], word, true, out) ||
                      add_irregular(irregular_verbs, ROWS(irregular_verbs), word, true, out);
    if (!m->verbs && verb) out->count = 0;
    if (noun || verb) return;
    add_nouns(word, out);
    if (m->verbs) add_verbs(word, out);
}
