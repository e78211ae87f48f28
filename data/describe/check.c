/* SPDX-License-Identifier: Apache-2.0 */
/* --check: judges a file of descriptions, ours or anybody's. Problems make it unfit for `embed` or for
 * comparison; notes are what a careful person would like to know. */
#include "core/array.h"
#include "core/json.h"
#include "core/json_array.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/describe/answer.h"
#include "data/describe/describe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum Finding {
    /* problems */
    NOT_AN_ENTRY,
    NOT_A_TEXT,
    EMPTY_TEXT,
    REPEATED_TAG,
    MISSING_TAG,
    OTHER_COUNT,
    PROBLEMS,
    /* notes */
    NO_SENTENCE = PROBLEMS,
    OTHER_CASE,
    NOT_CLEAN,
    UNFINISHED,
    DUPLICATE,
    REFUSAL,
    UNKNOWN_TAG,
    FINDINGS
};

static const char *const names[FINDINGS] = {
    [NOT_AN_ENTRY] = "entries that are not {tag: [texts]}",
    [NOT_A_TEXT] = "descriptions that are no text",
    [EMPTY_TEXT] = "empty descriptions",
    [REPEATED_TAG] = "tags described more than once",
    [MISSING_TAG] = "tags of the list without description",
    [OTHER_COUNT] = "tags with another number of texts than most",
    [NO_SENTENCE] = "tags whose first text is not \"a photo of a TAG.\"",
    [OTHER_CASE] = "tags whose first text has the tag in other case",
    [NOT_CLEAN] = "texts with line ends, double blanks or control characters",
    [UNFINISHED] = "texts that end in mid-sentence",
    [DUPLICATE] = "texts that repeat another one of their tag",
    [REFUSAL] = "texts that sound like a refusal",
    [UNKNOWN_TAG] = "tags that the list does not have",
};

static const char *const keys[FINDINGS] = {
    [NOT_AN_ENTRY] = "not_an_entry", [NOT_A_TEXT] = "not_a_text",
    [EMPTY_TEXT] = "empty",          [REPEATED_TAG] = "repeated_tag",
    [MISSING_TAG] = "missing_tag",   [OTHER_COUNT] = "other_count",
    [NO_SENTENCE] = "no_sentence",   [OTHER_CASE] = "other_case",
    [NOT_CLEAN] = "not_clean",       [UNFINISHED] = "unfinished",
    [DUPLICATE] = "duplicate",       [REFUSAL] = "refusal",
    [UNKNOWN_TAG] = "unknown_tag",
};

typedef struct Entry {
    char *tag; /* owned */
    int64_t texts, number;
} Entry;

typedef struct Judge {
    const TagList *tags; /* NULL: no list given */
    int64_t count[FINDINGS];
    char *example[FINDINGS]; /* of each, the first; owned */
    Entry *entry;
    int64_t entries, room, texts, usual; /* usual: texts of most tags */
} Judge;

static void find(Judge *j, enum Finding what, int64_t record, const char *tag, const char *text)
{
    if (j->count[what]++ > 0) return;
    char *where = mem_format("record %lld, %.*s%s%.*s", (long long)record,
                             (int)utf8_cut(tag, strlen(tag), 60), tag, *text ? ": " : "",
                             (int)utf8_cut(text, strlen(text), 80), text);
    j->example[what] = answer_clean(where, strlen(where));
    mem_free(where);
}

/* A sentence ends in . ! or ?, with quotes or brackets behind. */
static bool is_finished(const char *text)
{
    size_t n = strlen(text);
    for (;;) {
        if (n > 0 && strchr("\"')]* ", text[n - 1]))
            n--;
        else if (n >= 3 && (memcmp(text + n - 3, "\xe2\x80\x9d", 3) == 0 ||
                            memcmp(text + n - 3, "\xe2\x80\x99", 3) == 0))
            n -= 3;
        else
            break;
    }
    if (n >= 3 && memcmp(text + n - 3, "\xe3\x80\x82", 3) == 0) return true; /* U+3002 */
    return n > 0 && strchr(".!?", text[n - 1]);
}

static bool sounds_refused(const char *text)
{
    static const char *const start[] = {"I'm sorry",  "I\xe2\x80\x99m sorry",
                                        "I am sorry", "Sorry,",
                                        "I cannot ",  "I can't ",
                                        "As an AI",   "I apologize",
                                        "I'm unable", "I am unable "};
    for (size_t i = 0; i < sizeof start / sizeof *start; i++)
        if (strncasecmp(text, start[i], strlen(start[i])) == 0) return true;
    return false;
}

static void judge_sentence(Judge *j, int64_t record, const char *tag, const char *text)
{
    char *sentence = describe_sentence(tag);
    if (strcmp(sentence, text) != 0)
        find(j, strcasecmp(sentence, text) == 0 ? OTHER_CASE : NO_SENTENCE, record, tag, text);
    mem_free(sentence);
}

static void judge_answer(Judge *j, int64_t record, const char *tag, const char *text)
{
    if (!is_finished(text)) find(j, UNFINISHED, record, tag, text);
    if (sounds_refused(text)) find(j, REFUSAL, record, tag, text);
}

static void judge_text(Judge *j, int64_t record, const char *tag, const json_t *text, size_t i)
{
    if (!json_is_string(text)) {
        find(j, NOT_A_TEXT, record, tag, "");
        return;
    }
    const char *plain = json_string_value(text);
    char *clean = answer_clean(plain, strlen(plain));
    if (!*clean)
        find(j, EMPTY_TEXT, record, tag, "");
    else if (strcmp(clean, plain) != 0)
        find(j, NOT_CLEAN, record, tag, plain);
    if (i == 0) judge_sentence(j, record, tag, plain);
    if (i > 0 && *clean) judge_answer(j, record, tag, clean);
    mem_free(clean);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void judge_duplicates(Judge *j, int64_t record, const char *tag, const json_t *texts)
{
    size_t n = 0;
    const char **sorted = mem_calloc(json_array_size(texts) + 1, sizeof *sorted);
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        if (text && *text) sorted[n++] = text;
    }
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0) find(j, DUPLICATE, record, tag, sorted[i]);
    mem_free(sorted);
}

static void add_entry(Judge *j, const char *tag, int64_t texts, int64_t record)
{
    j->entry = array_grow(j->entry, sizeof *j->entry, j->entries, &j->room);
    j->entry[j->entries++] = (Entry){mem_strdup(tag), texts, record};
    j->texts += texts;
}

static void judge_record(Judge *j, int64_t record, json_t *object)
{
    void *only = json_object_iter(object);
    const char *tag = only ? json_object_iter_key(only) : "";
    const json_t *texts = only ? json_object_iter_value(only) : NULL;
    if (json_object_size(object) != 1 || !json_is_array(texts) || json_array_size(texts) == 0) {
        find(j, NOT_AN_ENTRY, record, tag, "");
        return;
    }
    for (size_t i = 0; i < json_array_size(texts); i++)
        judge_text(j, record, tag, json_array_get(texts, i), i);
    judge_duplicates(j, record, tag, texts);
    if (j->tags && tags_find(j->tags, tag) < 0) find(j, UNKNOWN_TAG, record, tag, "");
    add_entry(j, tag, (int64_t)json_array_size(texts), record);
}

static int by_texts(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    return (x->texts > y->texts) - (x->texts < y->texts);
}

static int by_tag(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    const int order = strcmp(x->tag, y->tag);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* The number of texts that most tags have. */
static void find_usual(Judge *j)
{
    int64_t best = 0, run = 0;
    if (j->entries) qsort(j->entry, (size_t)j->entries, sizeof *j->entry, by_texts);
    for (int64_t i = 0; i < j->entries; i++) {
        run = i > 0 && j->entry[i].texts == j->entry[i - 1].texts ? run + 1 : 1;
        if (run < best) continue;
        best = run;
        j->usual = j->entry[i].texts;
    }
}

static void judge_whole(Judge *j)
{
    find_usual(j);
    if (j->entries) qsort(j->entry, (size_t)j->entries, sizeof *j->entry, by_tag);
    for (int64_t i = 0; i < j->entries; i++) {
        const Entry *e = &j->entry[i];
        if (i > 0 && strcmp(e->tag, e[-1].tag) == 0)
            find(j, REPEATED_TAG, e->number, e->tag, "");
        if (e->texts != j->usual) find(j, OTHER_COUNT, e->number, e->tag, "");
    }
    for (int64_t k = 0; j->tags && k < j->tags->count; k++) {
        const Entry wanted = {.tag = j->tags->name[k]};
        int64_t lo = 0, hi = j->entries;
        while (lo < hi) {
            const int64_t mid = lo + (hi - lo) / 2;
            if (strcmp(j->entry[mid].tag, wanted.tag) < 0)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo == j->entries || strcmp(j->entry[lo].tag, wanted.tag) != 0)
            find(j, MISSING_TAG, k + 1, wanted.tag, "");
    }
}

static int64_t problems(const Judge *j)
{
    int64_t n = j->entries == 0;
    for (int i = 0; i < PROBLEMS; i++) n += j->count[i];
    return n;
}

static void print(const Judge *j, const char *path)
{
    printf("%s: %lld tags, %lld texts, %lld for most tags\n", path, (long long)j->entries,
           (long long)j->texts, (long long)j->usual);
    for (int i = 0; i < FINDINGS; i++)
        if (j->count[i] > 0)
            printf("%s  %6lld %s (%s)\n", i < PROBLEMS ? "PROBLEM" : "note   ",
                   (long long)j->count[i], names[i], j->example[i]);
    printf("%s\n", problems(j) ? "unfit: see the problems" : "good for embed");
}

static void print_json(const Judge *j)
{
    const JsonCount count[] = {{"tags", j->entries},
                               {"texts", j->texts},
                               {"usual", j->usual},
                               {"problems", problems(j)}};
    json_t *verdict = json_object();
    json_add_counts(verdict, count, sizeof count / sizeof *count);
    for (int i = 0; i < FINDINGS; i++)
        json_object_set_new(verdict, keys[i], json_integer(j->count[i]));
    json_print(verdict);
}

static int read_all(Judge *j, const char *path, Error *err)
{
    JsonArray *array;
    if (json_array_open(path, &array, err) != 0) return -1;
    for (;;) {
        Error why = {0};
        json_t *record;
        const int status = json_array_next(array, &record, &why);
        if (json_array_lost(array)) error_move(err, &why);
        if (json_array_lost(array) || (status == 0 && !record)) break;
        if (record)
            judge_record(j, json_array_record(array), record);
        else
            find(j, NOT_AN_ENTRY, json_array_record(array), "", why.text + strlen(path));
        json_decref(record);
    }
    const bool lost = json_array_lost(array);
    json_array_close(array);
    return lost ? -1 : 0;
}

int describe_check(const DescribeJob *job, Error *err)
{
    Judge j = {.tags = job->tags_file ? &job->tags : NULL};
    int status = read_all(&j, job->check, err);
    if (status == 0) {
        judge_whole(&j);
        if (job->json)
            print_json(&j);
        else
            print(&j, job->check);
        if (problems(&j) > 0)
            status = error_set(err, ERROR_DATA, "%s: %lld problems", job->check,
                               (long long)problems(&j));
    }
    for (int64_t i = 0; i < j.entries; i++) mem_free(j.entry[i].tag);
    for (int i = 0; i < FINDINGS; i++) mem_free(j.example[i]);
    mem_free(j.entry);
    return status;
}
