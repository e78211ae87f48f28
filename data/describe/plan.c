/* SPDX-License-Identifier: Apache-2.0 */
/* The state of every item, and its restoration from the lines of a journal. */
#include "data/describe/plan.h"

#include "core/array.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/chat/thoughts.h"

#include <stdlib.h>
#include <string.h>

static void set_aside(PlanItem *it, const char *text)
{
    if (!it->truncated) it->truncated = json_array();
    json_array_append_new(it->truncated, json_text(text));
}

static void drop_truncated(PlanItem *it)
{
    json_decref(it->truncated);
    it->truncated = NULL;
}

bool plan_repeated(const Plan *p, int64_t tag)
{
    return tags_find(p->tags, p->tags->name[tag]) != tag;
}

int64_t plan_items(const Plan *p) { return p->tags->count * p->prompts; }

const char *plan_tag(const Plan *p, int64_t item) { return p->tags->name[item / p->prompts]; }

Plan plan_new(const TagList *tags, int64_t prompts, int64_t count, int64_t max_retries,
              size_t max_bytes)
{
    CHECK(prompts > 0 && count > 0 && tags->count <= INT32_MAX / prompts / count,
          "%ld tags, %ld prompts, %ld answers", tags->count, prompts, count);
    Plan p = {.tags = tags,
              .prompts = prompts,
              .count = count,
              .max_retries = max_retries,
              .max_bytes = max_bytes};
    p.item = mem_calloc((size_t)plan_items(&p), sizeof *p.item);
    p.tag = mem_calloc((size_t)tags->count, sizeof *p.tag);
    for (int64_t i = 0; i < plan_items(&p); i++) p.item[i].first = p.item[i].last = -1;
    for (int64_t k = 0; k < tags->count; k++) p.distinct += !plan_repeated(&p, k);
    return p;
}

void plan_free(Plan *p)
{
    for (int64_t i = 0; p->item && i < plan_items(p); i++) drop_truncated(&p->item[i]);
    mem_free(p->item);
    mem_free(p->tag);
    mem_free(p->record);
    *p = (Plan){0};
}

int64_t plan_wanted(const Plan *p) { return p->distinct * p->prompts * p->count; }

/* Does the tag have all its answers? A repetition never does. */
static bool plan_tag_complete(const Plan *p, int64_t tag)
{
    for (int64_t i = tag * p->prompts; i < (tag + 1) * p->prompts; i++)
        if (p->item[i].have < p->count) return false;
    return true;
}

int64_t plan_complete(const Plan *p)
{
    int64_t n = 0;
    for (int64_t k = 0; k < p->tags->count; k++) n += plan_tag_complete(p, k);
    return n;
}

bool plan_needs(const Plan *p, int64_t item)
{
    return !p->item[item].failed && p->item[item].have < p->count &&
           !plan_repeated(p, item / p->prompts);
}

int64_t plan_next(Plan *p)
{
    while (p->untouched < plan_items(p))
        if (plan_needs(p, p->untouched++)) return p->untouched - 1;
    return -1;
}

int64_t plan_request_size(Plan *p, int64_t item, int64_t max)
{
    PlanItem *it = &p->item[item];
    if (it->most > 0 && it->most < max) max = it->most;
    if (it->asked_again == 0) {
        const int64_t missing = p->count - it->have;
        it->goal = it->have + (int32_t)(missing < max ? missing : max);
    }
    const int64_t open = it->goal - it->have;
    CHECK(open > 0, "item %ld has %d of %d answers", item, it->have, it->goal);
    return open < max ? open : max;
}

static void next_group(PlanItem *it)
{
    drop_truncated(it);
    it->asked_again = 0;
}

/* The contents of one reply. */
typedef struct Received {
    json_t *texts, *finishes, *aside;
    int64_t cut, empty, refused;
} Received;

static void keep(PlanItem *it, Received *t, const char *text, const char *finish)
{
    json_array_append_new(t->texts, json_text(text));
    json_array_append_new(t->finishes, json_text(finish));
    it->have++;
}

/* Keeps, sets aside or drops one choice. */
static void sort_choice(const Plan *p, PlanItem *it, Received *t, const ChatChoice *choice,
                        const Secrets *secrets)
{
    char *text;
    const enum AnswerKind kind = answer_take(choice, secrets, p->max_bytes, &text);
    if (kind > it->lack) it->lack = kind;
    t->empty += kind == ANSWER_EMPTY || kind == ANSWER_THOUGHTS || kind == ANSWER_LONG;
    t->refused += kind == ANSWER_REFUSED;
    if (kind == ANSWER_GOOD) keep(it, t, text, "stop");
    if (kind == ANSWER_TRUNCATED) {
        t->cut++;
        json_array_append_new(t->aside, json_text(text));
        set_aside(it, text);
    }
    mem_free(text);
}

/* Fills the group with truncated answers; the item fails if they do not suffice. */
static void keep_truncated(PlanItem *it, Received *t)
{
    for (size_t i = 0; it->have < it->goal && i < json_array_size(it->truncated); i++)
        keep(it, t, json_string_value(json_array_get(it->truncated, i)), "length");
    it->failed = it->have < it->goal;
}

/* The journal line for a reply; takes ownership of the lists in t. Owned: json_decref. */
static json_t *line_of(const Plan *p, int64_t item, int64_t first, const Received *t,
                       const ChatAnswer *a)
{
    const PlanItem *it = &p->item[item];
    const JsonCount place[] = {{"prompt", item % p->prompts}, {"first", first}};
    const JsonCount group[] = {{"again", it->asked_again}, {"open", it->goal - it->have}};
    const JsonCount tokens[] = {{"tokens_in", a->tokens_in}, {"tokens_out", a->tokens_out}};
    json_t *line = json_object();
    json_object_set_new(line, "kind", json_text("answer"));
    json_object_set_new(line, "tag", json_text(plan_tag(p, item)));
    json_add_counts(line, place, 2);
    json_object_set_new(line, "texts", t->texts);
    json_object_set_new(line, "finish", t->finishes);
    if (json_array_size(t->aside) > 0) json_object_set(line, "aside", t->aside);
    json_decref(t->aside);
    if (t->empty) json_object_set_new(line, "empty", json_integer(t->empty));
    if (t->refused) json_object_set_new(line, "refused", json_integer(t->refused));
    if (it->asked_again) json_add_counts(line, group, 2);
    json_add_counts(line, tokens, 2);
    return line;
}

void plan_take(Plan *p, int64_t item, int64_t n, const ChatAnswer *answer,
               const Secrets *secrets, Text *line)
{
    PlanItem *it = &p->item[item];
    TagCounts *counts = &p->tag[item / p->prompts];
    Received t = {.texts = json_array(), .finishes = json_array(), .aside = json_array()};
    const int32_t first = it->have;
    it->lack = ANSWER_GOOD;
    for (int64_t i = 0; i < n && i < answer->count; i++)
        sort_choice(p, it, &t, &answer->choice[i], secrets);
    if (answer->count == 0) {
        it->lack = ANSWER_EMPTY;
        t.empty = n;
    }
    it->failures = 0;
    if (t.cut + t.empty + t.refused > 0 && it->asked_again++ == p->max_retries)
        keep_truncated(it, &t);
    counts->again += t.cut + t.empty + t.refused > 0 && it->have < it->goal && !it->failed;
    counts->empty += (int32_t)t.empty;
    counts->refused += (int32_t)t.refused;
    if (it->have == it->goal) next_group(it);
    p->kept += it->have - first;
    p->tokens_in += answer->tokens_in;
    p->tokens_out += answer->tokens_out;
    json_put(line, line_of(p, item, first, &t, answer));
}

void plan_recorded(Plan *p, int64_t item, int64_t offset)
{
    PlanItem *it = &p->item[item];
    p->record = array_grow(p->record, sizeof *p->record, p->records, &p->room);
    const int32_t at = (int32_t)p->records++;
    p->record[at] = (PlanRecord){.offset = offset, .next = -1};
    if (it->last < 0)
        it->first = at;
    else
        p->record[it->last].next = at;
    it->last = at;
}

/* The value of a field that is an integer >= 0, else -1. */
static int64_t number(const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);
    const json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n >= 0 && n < INT32_MAX ? n : -1;
}

static int64_t count_of(const json_t *line, const char *name)
{
    const int64_t n = number(line, name);
    return n > 0 ? n : 0;
}

/* Thoughts in a journal are from a version that kept them. */
static bool is_answer(const json_t *text)
{
    if (!json_is_string(text)) return false;
    char *copy = mem_strdup(json_string_value(text));
    const bool thoughts = thoughts_remove(copy);
    mem_free(copy);
    return !thoughts;
}

static bool are_answers(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!is_answer(json_array_get(list, i))) return false;
    return json_is_array(list);
}

/* The item that a line continues, or -1 if the line does not apply. */
static int64_t item_of(const Plan *p, const json_t *line)
{
    const char *tag = json_string_value(json_object_get(line, "tag"));
    const json_t *texts = json_object_get(line, "texts");
    const int64_t prompt = number(line, "prompt"), k = tag ? tags_find(p->tags, tag) : -1;
    if (k < 0 || prompt < 0 || prompt >= p->prompts || !are_answers(texts)) return -1;
    const PlanItem *it = &p->item[k * p->prompts + prompt];
    const bool follows = number(line, "first") == it->have &&
                         it->have + (int64_t)json_array_size(texts) <= p->count;
    return follows ? k * p->prompts + prompt : -1;
}

/* Restores the state of the item's group after the line. A group without attempts left starts
 * over. */
static void restore_group(const Plan *p, PlanItem *it, const json_t *line)
{
    const json_t *aside = json_object_get(line, "aside");
    const int64_t again = number(line, "again"), open = number(line, "open");
    const size_t n = are_answers(aside) ? json_array_size(aside) : 0;
    for (size_t i = 0; i < n; i++) set_aside(it, json_string_value(json_array_get(aside, i)));
    if (again > 0 && again <= p->max_retries && open > 0 && it->have + open <= p->count) {
        it->asked_again = (int32_t)again;
        it->goal = it->have + (int32_t)open;
    } else {
        next_group(it);
    }
}

bool plan_restore(Plan *p, const json_t *line, int64_t offset)
{
    const int64_t item = item_of(p, line);
    if (item < 0) return false;
    PlanItem *it = &p->item[item];
    TagCounts *counts = &p->tag[item / p->prompts];
    const int64_t texts = (int64_t)json_array_size(json_object_get(line, "texts"));
    it->have += (int32_t)texts;
    p->kept += texts;
    p->tokens_in += count_of(line, "tokens_in");
    p->tokens_out += count_of(line, "tokens_out");
    counts->again += number(line, "again") > 0;
    counts->empty += (int32_t)count_of(line, "empty");
    counts->refused += (int32_t)count_of(line, "refused");
    restore_group(p, it, line);
    plan_recorded(p, item, offset);
    return true;
}
