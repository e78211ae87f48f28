/* SPDX-License-Identifier: Apache-2.0 */
/* Tag descriptions in the reference's JSON: an array of {tag: [texts]}. */
#include "data/descriptions.h"

#include "core/array.h"
#include "core/json/json_array.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/rng.h"
#include "core/strings/strings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The texts read so far for each position of the tag list. */
typedef struct Found {
    const TagList *tags;
    int64_t *count; /* [tags] number of texts; 0: none yet */
    char ***text;   /* [tags] */
    int64_t *last;  /* [tags] for the first position of a tag: the last one with texts */
    StringPool pool;
    int64_t ignored;     /* entries for tags that are not in the list */
    char *first_ignored; /* owned by the pool */
} Found;

static const char remedy[] = "`ramplus describe --check` lists them";

static int check_entry(const JsonArray *array, json_t *entry, const char **tag, json_t **texts,
                       Error *err)
{
    if (json_object_size(entry) != 1)
        return json_array_fail(array, err, "expected one key, {tag: [texts]}, got %zu",
                               json_object_size(entry));
    void *only = json_object_iter(entry);
    *tag = json_object_iter_key(only);
    *texts = json_object_iter_value(only);
    const char *odd = json_array_odd(array, *tag);
    if (odd) return json_array_fail(array, err, "tag '%.80s' %s", *tag, odd);
    if (!json_is_array(*texts) || json_array_size(*texts) == 0)
        return json_array_fail(array, err, "tag '%.80s': expected a list of at least one text",
                               *tag);
    size_t i;
    const json_t *text;
    json_array_foreach(*texts, i, text)
    {
        if (!json_is_string(text))
            return json_array_fail(array, err, "tag '%.80s': description %zu is not a string",
                                   *tag, i);
    }
    return 0;
}

static void keep(Found *f, int64_t k, const json_t *texts)
{
    const size_t n = json_array_size(texts);
    f->count[k] = (int64_t)n;
    f->text[k] = mem_calloc(n, sizeof **f->text);
    for (size_t i = 0; i < n; i++) {
        const json_t *text = json_array_get(texts, i);
        f->text[k][i] =
            strings_add(&f->pool, json_string_value(text), json_string_length(text));
    }
}

static void ignore(Found *f, const char *tag)
{
    if (f->ignored++ == 0) f->first_ignored = strings_add(&f->pool, tag, strlen(tag));
}

/* Assigns an entry to the first position of its tag that has no texts yet. */
static int take_entry(void *found, const JsonArray *array, json_t *entry, Error *err)
{
    Found *f = found;
    const char *tag = NULL;
    json_t *texts = NULL;
    if (check_entry(array, entry, &tag, &texts, err) != 0) return -1;
    const int64_t first = tags_find(f->tags, tag);
    if (first < 0) {
        ignore(f, tag);
        return 0;
    }
    const int64_t k = f->count[first] ? tags_next(f->tags, f->last[first]) : first;
    if (k < 0) return json_array_fail(array, err, "tag '%.80s': already described", tag);
    f->last[first] = k;
    keep(f, k, texts);
    return 0;
}

/* The position whose texts describe tag k: a repeated tag that has a single entry shares its
 * texts. */
static int64_t described(const Found *f, int64_t k)
{
    return f->count[k] > 0 ? k : tags_find(f->tags, f->tags->name[k]);
}

static int check_complete(const Found *f, const char *path, Error *err)
{
    char others[160] = "";
    if (f->ignored)
        snprintf(others, sizeof others, "%ld %s not in the tag list, such as '%.80s'",
                 f->ignored, f->ignored == 1 ? "entry" : "entries", f->first_ignored);
    for (int64_t k = 0; k < f->tags->count; k++)
        if (f->count[described(f, k)] == 0)
            return error_set(err, ERROR_DATA, "%s: tag %ld '%.80s': no description%s%s", path,
                             k + 1, f->tags->name[k], *others ? ", but " : "", others);
    if (f->ignored) log_warn("%s: ignored %s", path, others);
    return 0;
}

Descriptions descriptions_new(int64_t tags, int64_t texts, size_t bytes)
{
    Descriptions d = {.tags = tags};
    d.offset = mem_calloc((size_t)tags + 1, sizeof *d.offset);
    d.text = mem_alloc((size_t)texts * sizeof *d.text + bytes);
    return d;
}

static Descriptions lay_out(const Found *f)
{
    int64_t texts = 0, next = 0;
    size_t bytes = 0;
    for (int64_t k = 0; k < f->tags->count; k++) {
        const int64_t from = described(f, k);
        texts += f->count[from];
        for (int64_t i = 0; i < f->count[from]; i++) bytes += strlen(f->text[from][i]) + 1;
    }
    Descriptions d = descriptions_new(f->tags->count, texts, bytes);
    char *at = (char *)(d.text + texts);
    for (int64_t k = 0; k < d.tags; k++) {
        const int64_t from = described(f, k);
        for (int64_t i = 0; i < f->count[from]; i++) {
            size_t n = strlen(f->text[from][i]) + 1;
            d.text[next++] = memcpy(at, f->text[from][i], n);
            at += n;
        }
        d.offset[k + 1] = next;
    }
    return d;
}

int descriptions_read(const char *path, const TagList *tags, Descriptions *out, Error *err)
{
    *out = (Descriptions){0};
    Found f = {.tags = tags};
    f.count = mem_calloc((size_t)tags->count, sizeof *f.count);
    f.text = mem_calloc((size_t)tags->count, sizeof *f.text);
    f.last = mem_calloc((size_t)tags->count, sizeof *f.last);
    int status = json_array_each(path, NULL, take_entry, &f, remedy, err);
    if (status == 0) status = check_complete(&f, path, err);
    if (status == 0) *out = lay_out(&f);
    for (int64_t k = 0; k < tags->count; k++) mem_free(f.text[k]);
    mem_free(f.last);
    mem_free(f.text);
    mem_free(f.count);
    strings_free(&f.pool);
    return status;
}

/* Tags in file order. */
typedef struct Names {
    StringPool pool;
    char **name;
    int64_t count, room;
} Names;

static int take_name(void *names, const JsonArray *array, json_t *entry, Error *err)
{
    Names *n = names;
    const char *tag = NULL;
    json_t *texts = NULL;
    if (check_entry(array, entry, &tag, &texts, err) != 0) return -1;
    if (!tags_can_hold(tag))
        return json_array_fail(array, err, "tag '%.80s': blank or more than one line", tag);
    if (printable_find_fault(tag))
        return json_array_fail(
            array, err, "tag '%.80s': holds a control or bidirectional character: remove it",
            tag);
    n->name = array_grow(n->name, sizeof *n->name, n->count, &n->room);
    n->name[n->count++] = strings_add(&n->pool, tag, strlen(tag));
    return 0;
}

int descriptions_read_tags(const char *path, TagList *out, Error *err)
{
    Names n = {0};
    *out = (TagList){0};
    int status = json_array_each(path, NULL, take_name, &n, remedy, err);
    if (status == 0 && n.count == 0)
        status = error_set(err, ERROR_DATA, "%s: describes no tags", path);
    if (status == 0) *out = tags_new(n.name, n.count);
    mem_free(n.name);
    strings_free(&n.pool);
    return status;
}

/* Fills pick [most] with ascending numbers below n. */
static void choose(int64_t n, int64_t most, Rng *rng, int64_t *pick)
{
    int64_t taken = 0;
    for (int64_t i = 0; i < n; i++) /* i is taken with probability (still wanted) / (left) */
        if (rng_below(rng, n - i) < most - taken) pick[taken++] = i;
}

void descriptions_keep(Descriptions *d, const TagList *tags, int64_t most, uint64_t seed)
{
    if (most == 0) return;
    int64_t *pick = mem_alloc((size_t)most * sizeof *pick);
    int64_t next = 0, from = 0;
    for (int64_t k = 0; k < d->tags; k++) {
        const int64_t n = d->offset[k + 1] - from, kept = n < most ? n : most;
        Rng rng = rng_new(seed, 0, rng_hash(tags->name[k]), RNG_DESCRIPTIONS);
        for (int64_t i = 0; i < kept; i++) pick[i] = i;
        if (seed && kept < n) choose(n, kept, &rng, pick);
        for (int64_t i = 0; i < kept; i++) d->text[next++] = d->text[from + pick[i]];
        from += n;
        d->offset[k + 1] = next;
    }
    mem_free(pick);
}

void descriptions_free(Descriptions *d)
{
    mem_free(d->offset);
    mem_free(d->text);
    *d = (Descriptions){0};
}
