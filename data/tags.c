/* SPDX-License-Identifier: Apache-2.0 */
/* Tag lists. */
#include "data/tags.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/unicode.h"
#include "core/strings/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Positions sorted by (key, position), and for each position its key and the next one with the
 * same key. */
typedef struct TagIndex {
    int64_t *sorted, *next;
    char **key;
} TagIndex;

typedef struct Keyed {
    const char *key;
    int64_t position;
} Keyed;

char *tags_key(const char *name)
{
    Runes r = {0};
    const size_t n = utf8_trim(&name);
    char *key = mem_format("%.*s", (int)n, name), *at = key;
    if (runes_decode(&r, name, n) == n) {
        unicode_compose(&r);
        mem_free(key);
        at = key = mem_alloc(4 * r.count + 1);
        for (size_t i = 0; i < r.count; i++) {
            const bool space = unicode_class(r.at[i]) == UNICODE_SPACE;
            if (space && at[-1] == ' ') continue; /* a space is never the first */
            at += runes_encode(space ? ' ' : r.at[i], (uint8_t *)at);
        }
        *at = 0;
    }
    runes_free(&r);
    return key;
}

static int by_key(const void *a, const void *b)
{
    const Keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static TagIndex *index_new(const TagList *t)
{
    const size_t n = (size_t)t->count;
    TagIndex *index = mem_alloc(sizeof *index);
    index->sorted = mem_calloc(n, sizeof *index->sorted);
    index->next = mem_calloc(n, sizeof *index->next);
    index->key = mem_calloc(n, sizeof *index->key);
    Keyed *keyed = mem_calloc(n, sizeof *keyed);
    for (size_t i = 0; i < n; i++) {
        index->key[i] = tags_key(t->line[i]);
        keyed[i] = (Keyed){index->key[i], (int64_t)i};
    }
    qsort(keyed, n, sizeof *keyed, by_key);
    for (size_t i = 0; i < n; i++) {
        const bool repeated = i + 1 < n && strcmp(keyed[i].key, keyed[i + 1].key) == 0;
        index->sorted[i] = keyed[i].position;
        index->next[keyed[i].position] = repeated ? keyed[i + 1].position : -1;
    }
    mem_free(keyed);
    return index;
}

/* Copies lines into one block: the pointers, then the texts. */
static char **copy_lines(char *const *line, size_t count, bool trimmed)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += strlen(line[i]) + 1;
    char **copy = mem_alloc(count * sizeof *copy + bytes);
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        const char *text = line[i];
        const size_t n = trimmed ? utf8_trim(&text) : strlen(text);
        copy[i] = memcpy(at, text, n);
        at[n] = 0;
        at += n + 1;
    }
    return copy;
}

static int check_line(const char *path, size_t number, const char *line, Error *err)
{
    if (utf8_blank(line))
        return error_set(err, ERROR_DATA, "%s: line %zu: empty", path, number);
    if (!utf8_valid(line))
        return error_set(err, ERROR_DATA, "%s: line %zu: not UTF-8", path, number);
    return 0;
}

#define HOLDS "%s: line %ld: tag '%.80s' holds U+%04X, a control or bidirectional character"

/* The position of the first name that is not printed as it is, and why; -1: none. */
static int64_t find_fault(const TagList *t, unsigned *character)
{
    for (int64_t k = 0; k < t->count; k++) {
        const char *fault = printable_find_fault(t->name[k]);
        if (!fault) continue;
        *character = (unsigned)utf8_next(&fault);
        return k;
    }
    return -1;
}

static int refuse_fault(const char *path, const TagList *t, Error *err)
{
    unsigned character;
    const int64_t k = find_fault(t, &character);
    if (k < 0) return 0;
    return error_set(err, ERROR_DATA, HOLDS ": remove it", path, k + 1, t->name[k], character);
}

/* A list in use may hold any character: this says which name others cannot read. */
static void warn_of_fault(const char *path, const TagList *t)
{
    unsigned character;
    const int64_t k = find_fault(t, &character);
    if (k >= 0) log_warn(HOLDS ", printed as '?'", path, k + 1, t->name[k], character);
}

bool tags_can_hold(const char *name)
{
    const size_t n = strcspn(name, "\n");
    return !name[n] && !utf8_blank(name) && name[n - 1] != '\r' && utf8_valid(name);
}

TagList tags_new(char *const *name, int64_t count)
{
    CHECK(count > 0, "%ld tags", count);
    TagList t = {.count = count};
    t.name = copy_lines(name, (size_t)count, true);
    t.line = copy_lines(name, (size_t)count, false);
    t.index = index_new(&t);
    return t;
}

/* Builds a list from lines; frees them. */
static int tags_from(const char *path, Lines lines, TagList *out, Error *err)
{
    int status = 0;
    if (lines.count == 0) status = error_set(err, ERROR_DATA, "%s: no tags: empty file", path);
    if (lines.count > INT32_MAX) status = error_set(err, ERROR_DATA, "%s: too many tags", path);
    for (size_t i = 0; i < lines.count && status == 0; i++)
        status = check_line(path, i + 1, lines.line[i], err);
    if (status == 0) *out = tags_new(lines.line, (int64_t)lines.count);
    lines_free(&lines);
    return status;
}

static int read_file(const char *path, TagList *out, Error *err)
{
    *out = (TagList){0};
    Lines lines;
    if (lines_read_plain(path, "one tag per line", &lines, err) != 0) return -1;
    return tags_from(path, lines, out, err);
}

int tags_read(const char *path, TagList *out, Error *err)
{
    if (read_file(path, out, err) != 0) return -1;
    if (refuse_fault(path, out, err) == 0) return 0;
    tags_free(out);
    return -1;
}

int tags_read_used(const char *path, TagList *out, Error *err)
{
    if (read_file(path, out, err) != 0) return -1;
    warn_of_fault(path, out);
    return 0;
}

int tags_parse(const char *name, const char *text, TagList *out, Error *err)
{
    *out = (TagList){0};
    Lines lines;
    if (lines_parse(name, text, &lines, err) != 0 || tags_from(name, lines, out, err) != 0)
        return -1;
    warn_of_fault(name, out);
    return 0;
}

int64_t tags_difference(const TagList *a, const TagList *b)
{
    const TagIndex *x = a->index, *y = b->index;
    int64_t k = 0;
    while (k < a->count && k < b->count && strcmp(x->key[k], y->key[k]) == 0) k++;
    return k == a->count && k == b->count ? -1 : k;
}

void tags_free(TagList *t)
{
    TagIndex *index = t->index;
    if (index) {
        for (int64_t k = 0; k < t->count; k++) mem_free(index->key[k]);
        mem_free(index->key);
        mem_free(index->sorted);
        mem_free(index->next);
    }
    mem_free(index);
    mem_free(t->line);
    mem_free(t->name);
    *t = (TagList){0};
}

char *tags_join(const TagList *t)
{
    size_t len = 1;
    for (int64_t k = 0; k < t->count; k++) len += strlen(t->line[k]) + 1;
    char *text = mem_alloc(len), *at = text;
    for (int64_t k = 0; k < t->count; k++) {
        const size_t n = strlen(t->line[k]);
        memcpy(at, t->line[k], n);
        at[n] = '\n';
        at += n + 1;
    }
    *at = 0;
    return text;
}

int64_t tags_find(const TagList *t, const char *name)
{
    const TagIndex *index = t->index;
    char *key = tags_key(name);
    int64_t lo = 0, hi = t->count;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(index->key[index->sorted[mid]], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    const bool found = lo < t->count && strcmp(index->key[index->sorted[lo]], key) == 0;
    mem_free(key);
    return found ? index->sorted[lo] : -1;
}

bool tags_is(const TagList *t, int64_t position, const char *name)
{
    char *key = tags_key(name);
    const bool same = strcmp(((const TagIndex *)t->index)->key[position], key) == 0;
    mem_free(key);
    return same;
}

int64_t tags_next(const TagList *t, int64_t position)
{
    CHECK(position >= 0 && position < t->count, "position %ld of %ld", position, t->count);
    return ((const TagIndex *)t->index)->next[position];
}
