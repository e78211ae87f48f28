/* SPDX-License-Identifier: Apache-2.0 */
/* Reads records in order and writes each with the tags of its captions. */
#include "data/prepare/captions.h"

#include "core/io/progress.h"
#include "core/io/text.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "data/annotation_record.h"
#include "data/folder/record_out.h"
#include "data/text/function_words.h"

#include <string.h>

enum { SHOWN_EACH = 256 }; /* records between two looks at the clock */

typedef struct Job {
    const CaptionsConfig *config;
    const TagList *tags;
    Inflection *inflection;
    Synonyms synonyms;
    TagParser *parser;
    ParsedTags parsed, loose; /* of one caption: by the rules, and whatever it spells */
    TagIds all, all_loose, given;
    bool *used; /* [tags] */
    RecordOut good;
    RecordList bad;
    CaptionsReport *report;
    Progress progress;
} Job;

/* ---- one form of records ----------------------------------------------------------------- */

static void rename_key(json_t *record, const char *from, const char *to)
{
    json_t *value = json_object_get(record, from);
    if (!value || json_object_get(record, to)) return;
    json_object_set(record, to, value);
    json_object_del(record, from);
}

/* Brings a record into the form of triplets. Tags of its own go unless they are needed. */
static void normalize(const CaptionsConfig *c, json_t *record)
{
    json_t *caption = json_object_get(record, "caption");
    if (!json_object_get(record, "image_path")) rename_key(record, "image", "image_path");
    if (json_is_string(caption)) {
        json_t *list = json_array();
        json_array_append(list, caption);
        json_object_set_new(record, "caption", list);
    }
    if (!c->keep && c->against != CAPTIONS_UNION) {
        json_object_del(record, "union_label_id");
        json_object_del(record, "unknown_label_id");
    }
    if (c->against != CAPTIONS_PARSE) json_object_del(record, "parse_label_id");
    json_t *own = json_object_get(record, "union_label_id");
    if (c->against != CAPTIONS_UNION && (!own || json_is_null(own)))
        json_object_set_new(record, "union_label_id", json_array());
}

static int check(const Job *j, const JsonArray *array, json_t *record, Error *err)
{
    const char *odd = json_array_odd(array, "image");
    normalize(j->config, record);
    if (odd) return json_array_fail(array, err, "image %s", odd);
    if (annotation_record_check(array, record, j->tags->count, err) != 0) return -1;
    if (!annotation_record_captions(record)) return json_array_fail(array, err, "no caption");
    if (j->config->against == CAPTIONS_UNION && !annotation_record_tags(record))
        return json_array_fail(array, err, "no union_label_id");
    if (j->config->against == CAPTIONS_PARSE && !json_object_get(record, "parse_label_id"))
        return json_array_fail(array, err, "no parse_label_id");
    return 0;
}

/* ---- words that belong to no tag --------------------------------------------------------- */

static bool is_content(const char *word)
{
    return strlen(word) > 2 && !function_word(word) && word[strcspn(word, "0123456789")] == 0;
}

/* Whether an uncovered word may be the noun of a phrase: nothing with a meaning of its own
 * follows it, and it does not look like a verb or an adverb. */
static bool like_noun(const ParsedTags *p, int64_t i)
{
    const Words *w = &p->words;
    const char *word = words_at(w, i);
    if (p->covered[i] || w->word[i].negated || !is_content(word)) return false;
    if (strings_end_in(word, "ing") || strings_end_in(word, "ed") || strings_end_in(word, "ly"))
        return false;
    return i + 1 == w->count || w->word[i + 1].breaks || !is_content(words_at(w, i + 1));
}

static void count_unmatched(Job *j)
{
    const Words *w = &j->parsed.words;
    InflectionBases bases;
    for (int64_t i = 0; i < w->count; i++) {
        if (!like_noun(&j->parsed, i)) continue;
        const char *word = words_at(w, i);
        if (w->word[i].len >= WORD_BYTES) continue;
        inflection_bases(j->inflection, word, &bases);
        const bool plural = bases.count && !bases.base[0].verb && strlen(word) > 3;
        word_counts_add(&j->report->unmatched, plural ? bases.base[0].word : word);
    }
}

/* ---- tags -------------------------------------------------------------------------------- */

static void add_all(TagIds *to, const TagIds *from)
{
    for (int64_t i = 0; i < from->count; i++) tag_ids_add(to, from->id[i]);
}

static void sort(TagIds *s) { s->count = tag_ids_sort(s->id, s->count); }

static void read_ids(const json_t *list, TagIds *out)
{
    size_t i;
    const json_t *id;
    json_array_foreach(list, i, id) tag_ids_add(out, (int32_t)json_integer_value(id));
    sort(out);
}

static json_t *ids_json(const TagIds *s)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < s->count; i++) json_array_append_new(list, json_integer(s->id[i]));
    return list;
}

static void compare(Job *j, const json_t *given, const TagIds *parsed, const TagIds *spelled,
                    const char *caption)
{
    j->given.count = 0;
    read_ids(given, &j->given);
    tag_compare_add(&j->report->compare, parsed, &j->given, spelled, caption);
}

/* given: the tags to compare with; NULL: none. */
static void parse_caption(Job *j, const char *caption, const json_t *given)
{
    static const TagParserRules loose = {
        .nested = true, .gap = TAG_PARSER_GAP, .negated = true};
    CaptionsReport *r = j->report;
    tag_parser_parse(j->parser, caption, &j->config->rules, &j->parsed);
    count_unmatched(j);
    add_all(&j->all, &j->parsed.tags);
    r->captions++;
    r->untagged_captions += j->parsed.tags.count == 0;
    r->mentions += j->parsed.tags.count;
    r->negated += j->parsed.left_out;
    if (j->config->against == CAPTIONS_ALONE) return;
    tag_parser_parse(j->parser, caption, &loose, &j->loose);
    add_all(&j->all_loose, &j->loose.tags);
    if (given) compare(j, given, &j->parsed.tags, &j->loose.tags, caption);
}

/* The example of an error is all captions. */
static void compare_record(Job *j, const json_t *record)
{
    const json_t *caption;
    Text all = {0};
    size_t i;
    json_array_foreach(json_object_get(record, "caption"), i, caption)
        text_add(&all, "%s%s", i ? " | " : "", json_string_value(caption));
    compare(j, json_object_get(record, "union_label_id"), &j->all, &j->all_loose, all.data);
    text_free(&all);
}

static void parse_captions(Job *j, json_t *record)
{
    const json_t *captions = json_object_get(record, "caption"), *caption;
    const json_t *given = json_object_get(record, "parse_label_id");
    json_t *lists = json_array();
    size_t i;
    j->all.count = j->all_loose.count = 0;
    json_array_foreach(captions, i, caption)
    {
        parse_caption(j, json_string_value(caption), json_array_get(given, i));
        json_array_append_new(lists, ids_json(&j->parsed.tags));
    }
    sort(&j->all);
    sort(&j->all_loose);
    if (j->config->against == CAPTIONS_UNION) compare_record(j, record);
    json_object_set_new(record, "parse_label_id", lists);
}

/* ---- records ----------------------------------------------------------------------------- */

/* No tag of the record stays unknown; without --keep it is not its own list any more. */
static void update_unknown(const Job *j, json_t *record)
{
    const json_t *list = annotation_record_unknown(record), *id;
    size_t i;
    json_t *rest = json_array();
    json_array_foreach(list, i, id) if (!tag_ids_have(j->all.id, j->all.count,
                                                      (int32_t)json_integer_value(id)))
        json_array_append_new(rest, json_integer(json_integer_value(id)));
    if (j->config->keep && json_array_size(rest) > 0)
        json_object_set(record, "unknown_label_id", rest);
    else
        json_object_del(record, "unknown_label_id");
    json_decref(rest);
}

static void take_record(Job *j, json_t *record)
{
    CaptionsReport *r = j->report;
    parse_captions(j, record);
    if (j->config->keep) read_ids(annotation_record_tags(record), &j->all);
    update_unknown(j, record);
    json_object_set_new(record, "union_label_id", ids_json(&j->all));
    r->good++;
    r->labels += j->all.count;
    r->untagged += j->all.count == 0;
    for (int64_t i = 0; i < j->all.count; i++) j->used[j->all.id[i]] = true;
    if (j->all.count || !j->config->drop_untagged) record_out_put(&j->good, record);
}

static void reject(Job *j, const char *why)
{
    j->report->bad++;
    record_list_add(&j->bad, why);
}

/* The rest of a file cannot be read. */
static void lose(Job *j, const char *why)
{
    j->report->lost++;
    reject(j, why);
}

/* Takes the next record. *more: whether there may be another one. ERROR_RUNTIME if the machine
 * fails. */
static int read_record(Job *j, JsonArray *array, bool *more, Error *err)
{
    Error why = {0};
    json_t *record;
    int status = json_array_next(array, &record, &why);
    *more = status != 0 || record;
    if (status == 0 && !record) return 0;
    if (why.code == ERROR_RUNTIME) return error_move(err, &why);
    if (json_array_lost(array)) {
        *more = false;
        char *line = mem_format("%s; the rest of the file is not read", why.text);
        lose(j, line);
        mem_free(line);
        return 0;
    }
    j->report->records++;
    if (record) status = check(j, array, record, &why);
    if (status == 0)
        take_record(j, record);
    else
        reject(j, why.text);
    json_decref(record);
    if (j->report->records % SHOWN_EACH) return 0;
    progress_step(&j->progress, j->report->records, NULL);
    return record_out_status(&j->good, err);
}

static int read_file(Job *j, const char *path, Error *err)
{
    JsonArray *array;
    Error why = {0};
    bool more = true;
    int status = 0;
    if (json_array_open_lines(path, "caption", &array, &why) != 0) {
        if (why.code != ERROR_DATA) return error_move(err, &why);
        lose(j, why.text);
        return 0;
    }
    while (more && status == 0) status = read_record(j, array, &more, err);
    json_array_close(array);
    return status;
}

/* ---- the whole --------------------------------------------------------------------------- */

static int open_parser(Job *j, Error *err)
{
    const CaptionsConfig *c = j->config;
    if (c->synonyms && synonyms_read(c->synonyms, j->tags, &j->synonyms, err) != 0) return -1;
    if (inflection_read(c->exceptions, c->exception_lists, c->verbs, &j->inflection, err) != 0)
        return -1;
    j->parser = tag_parser_new(j->tags, &j->synonyms, j->inflection);
    return 0;
}

static void close_parser(Job *j)
{
    tag_parser_free(j->parser);
    inflection_free(j->inflection);
    synonyms_free(&j->synonyms);
    parsed_tags_free(&j->parsed);
    parsed_tags_free(&j->loose);
    tag_ids_free(&j->all);
    tag_ids_free(&j->all_loose);
    tag_ids_free(&j->given);
    mem_free(j->used);
}

static int finish(Job *j, Error *err)
{
    CaptionsReport *r = j->report;
    progress_end(&j->progress, r->records);
    if (record_list_commit(&j->bad, err) != 0) return -1;
    if (j->good.records == 0)
        return error_set(err, ERROR_DATA, "no %s records among %ld: see %s/bad.txt",
                         r->good ? "tagged" : "good", r->records, j->good.out);
    for (int64_t k = 0; k < j->tags->count; k++) r->used_tags += j->used[k];
    word_counts_sort(&r->unmatched);
    tag_compare_rank(&r->compare);
    return record_out_commit(&j->good, j->tags, err);
}

static int run(Job *j, const char *out, char *const *file, int64_t files, Error *err)
{
    if (record_out_open(out, file, files, &j->good, err) != 0) return -1;
    int status = record_list_open(out, "bad.txt", &j->bad, err);
    j->progress = progress_start("parsing captions", 0);
    for (int64_t i = 0; i < files && status == 0; i++) status = read_file(j, file[i], err);
    return status == 0 ? finish(j, err) : -1;
}

int captions_prepare(const char *out, char *const *file, int64_t files, const TagList *tags,
                     const CaptionsConfig *config, CaptionsReport *report, Error *err)
{
    *report = (CaptionsReport){.unmatched = word_counts_new(),
                               .compare = tag_compare_new(tags->count)};
    Job *j = mem_calloc(1, sizeof *j);
    j->config = config;
    j->tags = tags;
    j->report = report;
    j->used = mem_calloc((size_t)tags->count, sizeof *j->used);
    int status = open_parser(j, err);
    if (status == 0) status = run(j, out, file, files, err);
    record_list_abandon(&j->bad);
    record_out_abandon(&j->good);
    close_parser(j);
    mem_free(j);
    return status;
}

void captions_free(CaptionsReport *r)
{
    word_counts_free(&r->unmatched);
    tag_compare_free(&r->compare);
}
