/* SPDX-License-Identifier: Apache-2.0 */
/* --check: checks a file of descriptions from any source. Problems make it unusable for `embed`
 * or for comparisons; notes point out texts that deserve a look. */
#include "core/array.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/chat/answer.h"
#include "data/chat/thoughts.h"
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
    THOUGHTS,
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

static const struct {
    const char *key, *words;
} finding[FINDINGS] = {
    [NOT_AN_ENTRY] = {"not_an_entry", "entries that are not {tag: [texts]}"},
    [NOT_A_TEXT] = {"not_a_text", "descriptions that are not strings"},
    [EMPTY_TEXT] = {"empty", "empty descriptions"},
    [REPEATED_TAG] = {"repeated_tag", "tags described more than once"},
    [MISSING_TAG] = {"missing_tag", "tags of the list without a description"},
    [OTHER_COUNT] = {"other_count", "tags whose number of texts differs from most"},
    [THOUGHTS] = {"thoughts", "texts with the thoughts of a reasoning model, such as <think>"},
    [NO_SENTENCE] = {"no_sentence", "tags whose first text is not \"a photo of a TAG.\""},
    [OTHER_CASE] = {"other_case", "tags whose first text differs only in case"},
    [NOT_CLEAN] = {"not_clean", "texts with line ends, double spaces or control characters"},
    [UNFINISHED] = {"unfinished", "texts that end in mid-sentence"},
    [DUPLICATE] = {"duplicate", "texts that repeat another text of their tag"},
    [REFUSAL] = {"refusal", "texts that sound like a refusal"},
    [UNKNOWN_TAG] = {"unknown_tag", "tags that are not in the list"},
};

typedef struct Entry {
    char *tag; /* owned */
    int64_t texts, record;
} Entry;

typedef struct Checker {
    const TagList *tags; /* borrowed; NULL: no list given */
    int64_t count[FINDINGS];
    char *example[FINDINGS]; /* the first of each kind; owned */
    Entry *entry;
    int64_t entries, room, texts, usual; /* usual: texts per tag, of most tags */
} Checker;

/* Counts a finding; the first of its kind becomes the example. */
static void add_finding(Checker *c, enum Finding what, int64_t record, const char *tag,
                        const char *text)
{
    if (c->count[what]++ > 0) return;
    char *where =
        mem_format("record %ld, %.*s%s%.*s", record, (int)utf8_cut(tag, strlen(tag), 60), tag,
                   *text ? ": " : "", (int)utf8_cut(text, strlen(text), 80), text);
    c->example[what] = answer_clean(where);
    mem_free(where);
}

/* Does the text end in . ! ? or U+3002, followed at most by closing quotes, brackets or
 * spaces? */
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

/* Does the text start like a refusal of a language model? */
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

static void check_sentence(Checker *c, int64_t record, const char *tag, const char *text)
{
    char *sentence = describe_sentence(tag);
    if (strcmp(sentence, text) != 0)
        add_finding(c, strcasecmp(sentence, text) == 0 ? OTHER_CASE : NO_SENTENCE, record, tag,
                    text);
    mem_free(sentence);
}

static void check_answer(Checker *c, int64_t record, const char *tag, const char *text)
{
    if (!is_finished(text)) add_finding(c, UNFINISHED, record, tag, text);
    char *copy = mem_strdup(text);
    if (thoughts_remove(copy)) add_finding(c, THOUGHTS, record, tag, text);
    mem_free(copy);
    if (sounds_refused(text)) add_finding(c, REFUSAL, record, tag, text);
}

static void check_text(Checker *c, int64_t record, const char *tag, const json_t *text,
                       size_t i)
{
    if (!json_is_string(text)) {
        add_finding(c, NOT_A_TEXT, record, tag, "");
        return;
    }
    const char *plain = json_string_value(text);
    char *clean = answer_clean(plain);
    if (!*clean)
        add_finding(c, EMPTY_TEXT, record, tag, "");
    else if (strcmp(clean, plain) != 0)
        add_finding(c, NOT_CLEAN, record, tag, plain);
    if (i == 0) check_sentence(c, record, tag, plain);
    if (i > 0 && *clean) check_answer(c, record, tag, clean);
    mem_free(clean);
}

static void check_duplicates(Checker *c, int64_t record, const char *tag, const json_t *texts)
{
    size_t n = 0;
    const char **sorted = mem_calloc(json_array_size(texts) + 1, sizeof *sorted);
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        if (text && *text) sorted[n++] = text;
    }
    qsort(sorted, n, sizeof *sorted, strings_compare);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            add_finding(c, DUPLICATE, record, tag, sorted[i]);
    mem_free(sorted);
}

static void add_entry(Checker *c, const char *tag, int64_t texts, int64_t record)
{
    c->entry = array_grow(c->entry, sizeof *c->entry, c->entries, &c->room);
    c->entry[c->entries++] = (Entry){tags_key(tag), texts, record};
    c->texts += texts;
}

static void check_record(Checker *c, const JsonArray *array, json_t *object)
{
    const int64_t record = json_array_record(array);
    void *only = json_object_iter(object);
    const char *tag = only ? json_object_iter_key(only) : "";
    const json_t *texts = only ? json_object_iter_value(only) : NULL;
    const char *odd = json_array_odd(array, tag);
    if (json_object_size(object) != 1 || !json_is_array(texts) || json_array_size(texts) == 0 ||
        odd) {
        add_finding(c, NOT_AN_ENTRY, record, tag, odd ? odd : "");
        return;
    }
    for (size_t i = 0; i < json_array_size(texts); i++)
        check_text(c, record, tag, json_array_get(texts, i), i);
    check_duplicates(c, record, tag, texts);
    if (c->tags && tags_find(c->tags, tag) < 0) add_finding(c, UNKNOWN_TAG, record, tag, "");
    add_entry(c, tag, (int64_t)json_array_size(texts), record);
}

/* Finds the number of texts that most tags have. */
static void find_usual(Checker *c)
{
    int64_t *tags = mem_calloc((size_t)c->texts + 1, sizeof *tags); /* with so many texts */
    for (int64_t i = 0; i < c->entries; i++) {
        const int64_t n = c->entry[i].texts;
        if (++tags[n] > tags[c->usual] || (tags[n] == tags[c->usual] && n > c->usual))
            c->usual = n;
    }
    mem_free(tags);
}

static void check_file(Checker *c)
{
    char **name = mem_calloc((size_t)c->entries + 1, sizeof *name);
    find_usual(c);
    for (int64_t i = 0; i < c->entries; i++) name[i] = c->entry[i].tag;
    TagList described = c->entries ? tags_new(name, c->entries) : (TagList){0};
    for (int64_t i = 0; i < c->entries; i++) {
        const Entry *e = &c->entry[i];
        if (tags_find(&described, e->tag) != i)
            add_finding(c, REPEATED_TAG, e->record, e->tag, "");
        if (e->texts != c->usual) add_finding(c, OTHER_COUNT, e->record, e->tag, "");
    }
    for (int64_t k = 0; c->tags && k < c->tags->count; k++)
        if (c->entries == 0 || tags_find(&described, c->tags->name[k]) < 0)
            add_finding(c, MISSING_TAG, k + 1, c->tags->name[k], "");
    if (c->entries) tags_free(&described);
    mem_free(name);
}

static int64_t problems(const Checker *c)
{
    int64_t n = c->entries == 0;
    for (int i = 0; i < PROBLEMS; i++) n += c->count[i];
    return n;
}

static void print(const Checker *c, const char *path)
{
    Text out = {0};
    text_put_name(&out, path);
    text_add(&out, ": %ld tag%s, %ld text%s, %ld for most tags\n", c->entries,
             strings_s(c->entries), c->texts, strings_s(c->texts), c->usual);
    for (int i = 0; i < FINDINGS; i++)
        if (c->count[i] > 0)
            text_add(&out, "%s  %6ld %s (%s)\n", i < PROBLEMS ? "PROBLEM" : "note   ",
                     c->count[i], finding[i].words, c->example[i]);
    text_add(&out, "%s\n",
             problems(c) ? "not usable: see the problems above" : "ready for embed");
    printable_print(out.data);
    text_free(&out);
}

static void print_json(const Checker *c)
{
    const JsonCount count[] = {{"tags", c->entries},
                               {"texts", c->texts},
                               {"usual", c->usual},
                               {"problems", problems(c)}};
    json_t *summary = json_object();
    json_add_counts(summary, count, sizeof count / sizeof *count);
    for (int i = 0; i < FINDINGS; i++)
        json_object_set_new(summary, finding[i].key, json_integer(c->count[i]));
    json_print(summary);
}

static int read_all(Checker *c, const char *path, Error *err)
{
    JsonArray *array;
    if (json_array_open(path, NULL, &array, err) != 0) return -1;
    int status = 0;
    for (bool more = true; more && !json_array_lost(array);) {
        Error why = {0};
        json_t *record;
        more = json_array_next(array, &record, &why) != 0 || record;
        if (why.code && why.code != ERROR_DATA)
            status = error_move(err, &why);
        else if (record)
            check_record(c, array, record);
        else if (more)
            add_finding(c, NOT_AN_ENTRY, json_array_record(array), "", why.text + strlen(path));
        json_decref(record);
    }
    json_array_close(array);
    return status;
}

int describe_check(const DescribeJob *job, Error *err)
{
    Checker c = {.tags = job->opt->tags ? &job->tags : NULL};
    int status = -1;
    if (read_all(&c, job->opt->check, err) != 0) goto done;
    check_file(&c);
    if (job->opt->json)
        print_json(&c);
    else
        print(&c, job->opt->check);
    status = 0;
    if (problems(&c) > 0)
        status = error_set(err, ERROR_DATA, "%s: %ld problem%s", job->opt->check, problems(&c),
                           strings_s(problems(&c)));
done:
    for (int64_t i = 0; i < c.entries; i++) mem_free(c.entry[i].tag);
    for (int i = 0; i < FINDINGS; i++) mem_free(c.example[i]);
    mem_free(c.entry);
    return status;
}
