/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts both lists and walks down them together. */
#include "eval/measure/name_match.h"

#include "core/mem.h"
#include "data/image/endings.h"
#include "data/tags.h"

#include <stdlib.h>
#include <string.h>

typedef struct Key {
    char *text; /* first, for strings_compare alike */
    int64_t at;
} Key;

static int by_text(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Owned. bare: without the ending of an image file. */
static char *key_of(const char *name, enum NameKind kind, bool bare)
{
    if (kind == NAMES_OF_TAGS) return tags_key(name);
    char *key = mem_strdup(name);
    if (bare && image_ending_in(key)) *strrchr(key, '.') = 0;
    return key;
}

static Key *keys_of(const NameList *list, enum NameKind kind, bool bare)
{
    Key *key = mem_alloc(((size_t)list->count + 1) * sizeof *key);
    for (int64_t i = 0; i < list->count; i++)
        key[i] = (Key){key_of(list->name[i], kind, bare), i};
    qsort(key, (size_t)list->count, sizeof *key, by_text);
    return key;
}

static void free_keys(Key *key, int64_t n)
{
    for (int64_t i = 0; i < n; i++) mem_free(key[i].text);
    mem_free(key);
}

/* What the two lists do not share. */
typedef struct Difference {
    int64_t missing, extra;
    const char *first_missing, *first_extra; /* by position in its list */
    int64_t missing_at, extra_at;
} Difference;

static void add(int64_t *count, const char **first, int64_t *at, const NameList *list,
                int64_t i)
{
    if ((*count)++ && *at < i) return;
    *first = list->name[i];
    *at = i;
}

static Difference walk(const NameList *have, const NameList *want, enum NameKind kind,
                       bool bare, int64_t *at)
{
    Difference d = {0};
    Key *a = keys_of(have, kind, bare), *b = keys_of(want, kind, bare);
    for (int64_t i = 0, j = 0; i < have->count || j < want->count;) {
        const int order = i == have->count   ? 1
                          : j == want->count ? -1
                                             : strcmp(a[i].text, b[j].text);
        if (order < 0)
            add(&d.extra, &d.first_extra, &d.extra_at, have, a[i++].at);
        else if (order > 0)
            add(&d.missing, &d.first_missing, &d.missing_at, want, b[j++].at);
        else
            at[b[j++].at] = a[i++].at;
    }
    free_keys(b, want->count);
    free_keys(a, have->count);
    return d;
}

/* Whether two names of the list differ in nothing but their ending. */
static bool endings_matter(const NameList *list)
{
    Key *key = keys_of(list, NAMES_OF_IMAGES, true);
    bool matter = false;
    for (int64_t i = 1; i < list->count; i++)
        matter |= strcmp(key[i].text, key[i - 1].text) == 0 &&
                  strcmp(list->name[key[i].at], list->name[key[i - 1].at]) != 0;
    free_keys(key, list->count);
    return matter;
}

int name_match(const NameList *have, const NameList *want, enum NameKind kind, int64_t *at,
               Error *err)
{
    Difference d = walk(have, want, kind, false, at);
    if ((d.missing || d.extra) && kind == NAMES_OF_IMAGES && !endings_matter(have) &&
        !endings_matter(want)) {
        const Difference bare = walk(have, want, kind, true, at);
        if (bare.missing < d.missing) d = bare;
    }
    if (!d.missing && !d.extra) return 0;
    const char *what = kind == NAMES_OF_TAGS ? "tags" : "images";
    if (d.missing)
        return error_set(
            err, ERROR_DATA,
            "%s: %s of %s that it lacks: %ld, the first one '%.60s'; others that it "
            "has: %ld%s%.60s%s",
            have->path, what, want->path, d.missing, d.first_missing, d.extra,
            d.extra ? ", the first one '" : "", d.extra ? d.first_extra : "",
            d.extra ? "'" : "");
    return error_set(err, ERROR_DATA, "%s: %s that %s lacks: %ld, the first one '%.60s'",
                     have->path, what, want->path, d.extra, d.first_extra);
}
