/* SPDX-License-Identifier: Apache-2.0 */
/* Tag lists. */
#include "data/tags.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Positions sorted by (name, position), and for each position the next one with the same
 * name. */
typedef struct TagIndex {
    int64_t *sorted, *next;
} TagIndex;

typedef struct Named {
    const char *name;
    int64_t position;
} Named;

static int by_name(const void *a, const void *b)
{
    const Named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static TagIndex *index_new(const TagList *t)
{
    const size_t n = (size_t)t->count;
    TagIndex *index = mem_alloc(sizeof *index);
    index->sorted = mem_calloc(n, sizeof *index->sorted);
    index->next = mem_calloc(n, sizeof *index->next);
    Named *named = mem_calloc(n, sizeof *named);
    for (size_t i = 0; i < n; i++) named[i] = (Named){t->name[i], (int64_t)i};
    qsort(named, n, sizeof *named, by_name);
    for (size_t i = 0; i < n; i++) {
        const bool repeated = i + 1 < n && strcmp(named[i].name, named[i + 1].name) == 0;
        index->sorted[i] = named[i].position;
        index->next[named[i].position] = repeated ? named[i + 1].position : -1;
    }
    mem_free(named);
    return index;
}

/* Copies names into one block: the pointers, then the texts. */
static char **copy_names(char *const *line, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += strlen(line[i]) + 1;
    char **name = mem_alloc(count * sizeof *name + bytes);
    char *at = (char *)(name + count);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(line[i]) + 1;
        name[i] = memcpy(at, line[i], n);
        at += n;
    }
    return name;
}

static int check_line(const char *path, size_t number, const char *line, Error *err)
{
    if (utf8_blank(line))
        return error_set(err, ERROR_DATA, "%s: line %zu: empty", path, number);
    if (!utf8_valid(line))
        return error_set(err, ERROR_DATA, "%s: line %zu: not UTF-8", path, number);
    return 0;
}

bool tags_can_hold(const char *name)
{
    const size_t n = strcspn(name, "\n");
    return !name[n] && !utf8_blank(name) && name[n - 1] != '\r' && utf8_valid(name);
}

TagList tags_new(char *const *name, int64_t count)
{
    CHECK(count > 0, "%ld tags", count);
    TagList t = {count, copy_names(name, (size_t)count), NULL};
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

int tags_read(const char *path, TagList *out, Error *err)
{
    *out = (TagList){0};
    Lines lines;
    return lines_read(path, &lines, err) == 0 ? tags_from(path, lines, out, err) : -1;
}

int tags_parse(const char *name, const char *text, TagList *out, Error *err)
{
    *out = (TagList){0};
    Lines lines;
    return lines_parse(name, text, &lines, err) == 0 ? tags_from(name, lines, out, err) : -1;
}

int64_t tags_difference(const TagList *a, const TagList *b)
{
    int64_t k = 0;
    while (k < a->count && k < b->count && strcmp(a->name[k], b->name[k]) == 0) k++;
    return k == a->count && k == b->count ? -1 : k;
}

void tags_free(TagList *t)
{
    TagIndex *index = t->index;
    if (index) {
        mem_free(index->sorted);
        mem_free(index->next);
    }
    mem_free(index);
    mem_free(t->name);
    *t = (TagList){0};
}

char *tags_join(const TagList *t)
{
    size_t len = 1;
    for (int64_t k = 0; k < t->count; k++) len += strlen(t->name[k]) + 1;
    char *text = mem_alloc(len), *at = text;
    for (int64_t k = 0; k < t->count; k++) {
        const size_t n = strlen(t->name[k]);
        memcpy(at, t->name[k], n);
        at[n] = '\n';
        at += n + 1;
    }
    *at = 0;
    return text;
}

int64_t tags_find(const TagList *t, const char *name)
{
    const TagIndex *index = t->index;
    int64_t lo = 0, hi = t->count;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(t->name[index->sorted[mid]], name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == t->count || strcmp(t->name[index->sorted[lo]], name) != 0) return -1;
    return index->sorted[lo];
}

int64_t tags_next(const TagList *t, int64_t position)
{
    CHECK(position >= 0 && position < t->count, "position %ld of %ld", position, t->count);
    return ((const TagIndex *)t->index)->next[position];
}
